import assert from "node:assert/strict";
import { test } from "node:test";
import { breakEven, monthsText, verdict } from "../../src/cli/commands/compare.ts";
import { sizesOf } from "../../src/cli/commands/tune.ts";
import { usdText } from "../../src/cli/money.ts";
import { bestOf } from "../../src/cli/tuning.ts";
import { svgChart } from "../../src/cli/tuning-chart.ts";

const tried = [
  { memoryMb: 128, meanMs: 800, usdPerMillion: 1.9 },
  { memoryMb: 512, meanMs: 210, usdPerMillion: 1.95 },
  { memoryMb: 1769, meanMs: 200, usdPerMillion: 6 },
];

test("the best size by cost, by speed and by both", () => {
  const best = (["cost", "speed", "balance"] as const).map((strategy) => bestOf(tried, strategy).memoryMb);
  assert.deepEqual(best, [128, 1769, 512]);
});

test("of sizes that are equally good the smaller is the best", () => {
  const same = [256, 128].map((memoryMb) => ({ memoryMb, meanMs: 5, usdPerMillion: 1 }));
  assert.equal(bestOf(same, "balance").memoryMb, 128);
});

test("the break-even is the effort over what an invocation saves", () => {
  const trials = [
    { functionName: "node", usdPerMillion: 2.2, usdPerMillionMargin: 0.3 },
    { functionName: "rust", usdPerMillion: 0.2, usdPerMillionMargin: 0.4 },
  ];
  const even = breakEven(trials, { monthly: 5e6, effortUsd: 100 });
  assert.equal(even.cheapest, "rust");
  assert.ok(Math.abs(even.savedUsdPerMonth - 10) < 1e-9 && Math.abs(even.months! - 10) < 1e-9 && Math.abs(even.invocations! - 50e6) < 1e-3);
  const same = breakEven([trials[0]!, { ...trials[0]!, functionName: "other" }], { monthly: 1, effortUsd: 1 });
  assert.equal(same.invocations, undefined);
});

test("what is saved is sure where it is more than the measurements may be off by", () => {
  const isSure = (...margins: readonly (number | undefined)[]) => {
    const trials = margins.map((usdPerMillionMargin, at) => ({ functionName: `${at}`, usdPerMillion: at + 1, usdPerMillionMargin }));
    return breakEven(trials, { monthly: 1, effortUsd: 1 }).isSure;
  };
  assert.deepEqual([isSure(0.6, 0.7), isSure(0.8, 0.7), isSure(0, 0), isSure(0.1, undefined)], [true, false, true, false]);
});

test("the verdict says what is saved, and when rewriting has paid for itself", () => {
  const trials = [
    { functionName: "node", usdPerMillion: 2.5, usdPerMillionMargin: 0.1 },
    { functionName: "rust", usdPerMillion: 0.5, usdPerMillionMargin: 0.1 },
  ];
  assert.equal(
    verdict(breakEven(trials, { monthly: 5e6, effortUsd: 100 }), 5e6),
    "rust saves $10.00 a month against node (80 %) at 5,000,000 invocations. " +
      "Rewriting for $100.00 (--effort) pays after 50,000,000 invocations: 10.0 months.",
  );
  const alike = trials.map((trial) => ({ ...trial, usdPerMillionMargin: 2 }));
  assert.match(verdict(breakEven(alike, { monthly: 5e6, effortUsd: 100 }), 5e6), /may be chance/);
});

test("a chart holds numbers alone, also of one size that costs nothing and of a margin that is not known", () => {
  const drawn = [{ memoryMb: 128, meanMs: 5, usdPerMillion: 0 }];
  for (const chart of [
    svgChart("a<b", drawn),
    svgChart(
      "a<b",
      tried.map((one) => ({ ...one, marginMs: 900 })),
    ),
  ]) {
    assert.doesNotMatch(chart, /NaN|Infinity|undefined|null|a<b/);
  }
  assert.match(svgChart("f", drawn), /<circle cx="380\.0"/, "one alone stands in the middle");
});

test("long times are told in years", () => {
  assert.deepEqual([0.26, 23.94, 24, 24_742.2].map(monthsText), ["0.3 months", "23.9 months", "2 years", "2,062 years"]);
});

test("sizes are sorted, named once, and within Lambda's bounds", () => {
  assert.deepEqual(sizesOf("512, 128,512"), [128, 512]);
  assert.throws(() => sizesOf("64"), /from 128 to 10240/);
});

test("amounts far below a cent keep their figures", () => {
  assert.deepEqual([0, 0.0000002, 0.0000166667, 0.5, 12.345].map(usdText), ["$0", "$0.0000002000", "$0.00001667", "$0.5000", "$12.35"]);
});
