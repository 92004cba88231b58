import assert from "node:assert/strict";
import { test } from "node:test";
import { callCost } from "../../src/cli/call-cost.ts";
import { ownSheet } from "../../src/metering/own-prices.ts";

const at = { region: "us-east-1", ownPrices: async () => undefined };

test("the cost of a call comes from its REPORT line, in the text format and in JSON", async () => {
  const text = "START …\nREPORT RequestId: a\tDuration: 7.10 ms\tBilled Duration: 8 ms\tMemory Size: 1024 MB\tMax Memory Used: 36 MB\t\n";
  const json = '{"type":"platform.report","record":{"metrics":{"durationMs":7.1,"billedDurationMs":8,"memorySizeMB":1024}}}\n';
  for (const tail of [text, json]) {
    const cost = await callCost(tail, { Architectures: ["arm64"] }, at);
    assert.deepEqual([cost?.billedMs, cost?.memoryMb, cost?.prices], [8, 1024, "list"]);
    assert.ok(Math.abs((cost?.usd ?? 0) - (0.0000002 + 0.008 * 0.0000133334)) < 1e-15);
    const own = await callCost(
      tail,
      {},
      { ...at, ownPrices: async () => ownSheet({ usdPerGbSecond: 0.5, usdPerRequest: 1 })("us-east-1") },
    );
    assert.deepEqual([own?.usd, own?.prices], [1.004, "own"]);
  }
});

test("what REPORT says itself is the cost, and nobody is asked for prices", async () => {
  const text = "REPORT RequestId: a\tBilled Duration: 8 ms\tMemory Size: 128 MB\tCost: 0.000000216667 USD\t\n";
  const cost = await callCost(text, {}, { ...at, ownPrices: () => assert.fail("asked") });
  assert.deepEqual(cost, { billedMs: 8, memoryMb: 128, usd: 0.000000216667, prices: "report" });
});

test("a tail without REPORT has no cost", async () => {
  assert.equal(await callCost("START …\n", {}, at), undefined);
});
