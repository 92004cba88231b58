import assert from "node:assert/strict";
import { test } from "node:test";
import { lanesAtFirst, mayAddLane, mustEnd } from "../../src/sources/sqs/scaling.ts";

const busy = { count: 5, idle: 0, throttled: 0, concurrencyMax: undefined };

test("a mapping begins with five batches, or with its maximum", () => {
  assert.equal(lanesAtFirst({}), 5);
  assert.equal(lanesAtFirst({ concurrencyMax: 2 }), 2);
  assert.equal(lanesAtFirst({ concurrencyMax: 100 }), 5);
});

test("it grows while all lanes are at work, to 1,250 or its maximum", () => {
  assert.equal(mayAddLane(busy), true);
  assert.equal(mayAddLane({ ...busy, idle: 1 }), false);
  assert.equal(mayAddLane({ ...busy, throttled: 1 }), false);
  assert.equal(mayAddLane({ ...busy, count: 1_249 }), true);
  assert.equal(mayAddLane({ ...busy, count: 1_250 }), false);
  assert.equal(mayAddLane({ ...busy, concurrencyMax: 5 }), false);
});

test("a lane that found nothing ends, down to five", () => {
  assert.equal(mustEnd({ ...busy, count: 6 }, "nothing"), true);
  assert.equal(mustEnd(busy, "nothing"), false);
  assert.equal(mustEnd({ ...busy, count: 6 }, "work"), false);
});

test("a lane whose batch failed ends while all others are at work, down to two", () => {
  assert.equal(mustEnd({ ...busy, count: 3 }, "error"), true);
  assert.equal(mustEnd({ ...busy, count: 2 }, "error"), false);
  assert.equal(mustEnd({ ...busy, idle: 1 }, "error"), false);
});

test("lanes beyond a maximum that was lowered end", () => {
  assert.equal(mustEnd({ ...busy, concurrencyMax: 4 }, "work"), true);
});
