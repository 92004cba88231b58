import assert from "node:assert/strict";
import { test } from "node:test";
import { callCost } from "../../src/cli/call-cost.ts";

test("the cost of a call comes from its REPORT line, in the text format and in JSON", () => {
  const text = "START …\nREPORT RequestId: a\tDuration: 7.10 ms\tBilled Duration: 8 ms\tMemory Size: 1024 MB\tMax Memory Used: 36 MB\t\n";
  const json = '{"type":"platform.report","record":{"metrics":{"durationMs":7.1,"billedDurationMs":8,"memorySizeMB":1024}}}\n';
  for (const tail of [text, json]) {
    const cost = callCost(tail, { Architectures: ["arm64"] }, "us-east-1");
    assert.deepEqual([cost?.billedMs, cost?.memoryMb], [8, 1024]);
    assert.ok(Math.abs((cost?.usd ?? 0) - (0.0000002 + 0.008 * 0.0000133334)) < 1e-15);
  }
});

test("a tail without REPORT has no cost", () => {
  assert.equal(callCost("START …\n", {}, "us-east-1"), undefined);
});
