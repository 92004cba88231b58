import assert from "node:assert/strict";
import { test } from "node:test";
import { breakEven } from "../../src/cli/commands/compare.ts";
import { sizesOf } from "../../src/cli/commands/tune.ts";
import { usdText } from "../../src/cli/money.ts";
import { bestOf } from "../../src/cli/tuning.ts";

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
    { functionName: "node", usdPerMillion: 2.2 },
    { functionName: "rust", usdPerMillion: 0.2 },
  ];
  const even = breakEven(trials, { monthly: 5e6, effortUsd: 100 });
  assert.equal(even.cheapest, "rust");
  assert.ok(Math.abs(even.savedUsdPerMonth - 10) < 1e-9 && Math.abs(even.months! - 10) < 1e-9 && Math.abs(even.invocations! - 50e6) < 1e-3);
  const same = breakEven([trials[0]!, { ...trials[0]!, functionName: "other" }], { monthly: 1, effortUsd: 1 });
  assert.equal(same.invocations, undefined);
});

test("sizes are sorted, named once, and within Lambda's bounds", () => {
  assert.deepEqual(sizesOf("512, 128,512"), [128, 512]);
  assert.throws(() => sizesOf("64"), /from 128 to 10240/);
});

test("amounts far below a cent keep their figures", () => {
  assert.deepEqual([0, 0.0000002, 0.0000166667, 0.5, 12.345].map(usdText), ["$0", "$0.0000002000", "$0.00001667", "$0.5000", "$12.35"]);
});
