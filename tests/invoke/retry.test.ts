// What becomes of an asynchronous invocation after each kind of attempt.

import assert from "node:assert/strict";
import { test } from "node:test";
import { backoffMs, decideRetry } from "../../src/invoke/retry.ts";

const policy = { retriesMax: 2, ageMaxMs: 21_600_000, pausesMs: [60_000, 120_000] };
const failed = (failures: number, ageMs = 100) => ({ outcome: "function-error", failures, setbacks: 0, ageMs }) as const;
const setBack = (setbacks: number, ageMs = 100) => ({ outcome: "setback", failures: 0, setbacks, ageMs }) as const;

test("a function error is retried after one minute, then after two, then no more", () => {
  assert.deepEqual(decideRetry(failed(1), policy), { kind: "retry", delayMs: 60_000 });
  assert.deepEqual(decideRetry(failed(2), policy), { kind: "retry", delayMs: 120_000 });
  assert.deepEqual(decideRetry(failed(3), policy), { kind: "end", condition: "RetriesExhausted" });
});

test("without retries the first function error is the end", () => {
  assert.deepEqual(decideRetry(failed(1), { ...policy, retriesMax: 0 }), { kind: "end", condition: "RetriesExhausted" });
});

test("with an age of 60 s an event ends after its first attempt, with 90 s after its second", () => {
  assert.deepEqual(decideRetry(failed(1), { ...policy, ageMaxMs: 60_000 }), { kind: "end", condition: "EventAgeExceeded" });
  assert.deepEqual(decideRetry(failed(1), { ...policy, ageMaxMs: 90_000 }), { kind: "retry", delayMs: 60_000 });
  assert.deepEqual(decideRetry(failed(2, 60_200), { ...policy, ageMaxMs: 90_000 }), { kind: "end", condition: "EventAgeExceeded" });
});

test("throttles are retried until the age limit, without using up retries", () => {
  assert.deepEqual(decideRetry(setBack(50, 1_000_000), { ...policy, retriesMax: 0 }), { kind: "retry", delayMs: 300_000 });
  assert.deepEqual(decideRetry(setBack(50, 21_400_000), policy), { kind: "end", condition: "EventAgeExceeded" });
});

test("the pause after setbacks doubles from one second to five minutes", () => {
  assert.deepEqual([1, 2, 3, 9, 10, 1_000].map(backoffMs), [1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
});
