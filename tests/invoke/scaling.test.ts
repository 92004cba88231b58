import assert from "node:assert/strict";
import { test } from "node:test";
import { awsScalingRate, decideEviction, decideStarts, decideStops, type StartBudget, spendStart } from "../../src/invoke/scaling.ts";

const quiet = { waiting: 0, starting: 0, finishing: 0 };

test("a waiting invocation starts an environment", () => {
  assert.equal(decideStarts({ ...quiet, waiting: 3 }), 3);
});

test("what is already starting is not started again", () => {
  assert.equal(decideStarts({ ...quiet, waiting: 3, starting: 2 }), 1);
});

test("an environment that is free in a moment is waited for", () => {
  assert.equal(decideStarts({ ...quiet, waiting: 2, finishing: 1 }), 1);
  assert.equal(decideStarts({ ...quiet, waiting: 2, finishing: 5 }), 0);
});

test("environments idle for long enough end, the others stay", () => {
  assert.equal(decideStops({ nowMs: 100_000, waiting: 0, idleSinceMs: [0, 30_000, 40_001, 99_000] }, 60_000), 2);
});

test("nothing is stopped while invocations wait", () => {
  assert.equal(decideStops({ nowMs: 100_000, waiting: 1, idleSinceMs: [0] }, 60_000), 0);
});

test("the environment that has waited longest ends for one more than there may be, and none that runs", () => {
  const pools = [
    ["busy", { count: 2, idleSinceMs: undefined }],
    ["newer", { count: 1, idleSinceMs: 20 }],
    ["older", { count: 1, idleSinceMs: 10 }],
  ] as const;
  assert.equal(decideEviction(pools, 4), undefined);
  assert.equal(decideEviction(pools, 3), "older");
  assert.equal(decideEviction(pools.slice(0, 1), 1), undefined);
});

/** Starts at one moment until no more are left. */
function spendAll(from: StartBudget | undefined, nowMs: number): { readonly count: number; readonly left: StartBudget | undefined } {
  let [count, left] = [0, from];
  for (let next = spendStart(left, nowMs, awsScalingRate); next !== undefined; next = spendStart(left, nowMs, awsScalingRate)) {
    left = next;
    count++;
  }
  return { count, left };
}

test("a function may gain a thousand environments at once, and then a hundred each second", () => {
  const { count, left } = spendAll(undefined, 5_000);
  assert.equal(count, 1_000);
  assert.equal(spendAll(left, 6_000).count, 100);
  assert.equal(spendAll(left, 15_000).count, 1_000);
});

test("what a function did not gain is not kept for later", () => {
  const { left } = spendAll(undefined, 0);
  assert.equal(spendAll(left, 3_600_000).count, 1_000);
});

test("a clock that goes back gives no starts", () => {
  const { left } = spendAll(undefined, 5_000);
  assert.equal(spendAll(left, 1_000).count, 0);
});
