import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadline } from "../../src/invoke/deadline.ts";

/** Resolves with the time at which the deadline passed. */
function deadline(): { deadline: Deadline; passed: Promise<number> } {
  const { promise, resolve } = Promise.withResolvers<number>();
  const made = new Deadline(() => resolve(performance.now()));
  return { deadline: made, passed: promise };
}

/** The timer of a deadline does not keep a process alive: something else must. */
async function awake<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1000);
  return promise.finally(() => clearInterval(timer));
}

test("a deadline never passes early", async () => {
  const { deadline: one, passed } = deadline();
  const dueMs = performance.now() + 25.7;
  one.set(dueMs);
  assert.ok((await awake(passed)) >= dueMs);
});

test("a later deadline takes the place of an earlier one", async () => {
  const { deadline: one, passed } = deadline();
  one.set(performance.now() + 10);
  const dueMs = performance.now() + 60;
  one.set(dueMs);
  assert.ok((await awake(passed)) >= dueMs);
});

test("an earlier deadline takes the place of a later one", async () => {
  const { deadline: one, passed } = deadline();
  one.set(performance.now() + 60_000);
  one.set(performance.now() + 10);
  await awake(passed);
});

test("a cleared deadline does not pass, and may be set again", async () => {
  const { deadline: one, passed } = deadline();
  one.set(performance.now() + 10);
  one.clear();
  const dueMs = performance.now() + 50;
  await awake(new Promise((resolve) => setTimeout(resolve, 20)));
  one.set(dueMs);
  assert.ok((await awake(passed)) >= dueMs);
});
