import assert from "node:assert/strict";
import { test } from "node:test";
import { type EnvironmentState, move } from "../../src/invoke/environment-state.ts";

const busy: EnvironmentState = { name: "busy", requestId: "r" };

test("the first cause of an end wins", () => {
  const timedOut = move(busy, { name: "stopping", cause: "timeout" });
  assert.deepEqual(move(timedOut, { name: "stopping", cause: "spindown" }), timedOut);
});

test("an environment on its way out takes no work and does not become idle", () => {
  const stopping = move(busy, { name: "stopping", cause: "failure" });
  assert.deepEqual(move(stopping, { name: "idle", sinceMs: 1 }), stopping);
  assert.deepEqual(move(stopping, busy), stopping);
});

test("a frozen environment cannot take work before it thaws", () => {
  assert.throws(() => move({ name: "frozen", sinceMs: 1 }, busy), /cannot go from frozen to busy/);
});

test("a busy environment cannot be handed another invocation", () => {
  assert.throws(() => move(busy, busy), /cannot go from busy to busy/);
});
