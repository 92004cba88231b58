import assert from "node:assert/strict";
import { test } from "node:test";
import { decideStarts, decideStops } from "../../src/invoke/scaling.ts";

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
