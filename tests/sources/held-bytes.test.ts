// How much all pollers of a node may have in hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HeldBytes } from "../../src/sources/held-bytes.ts";

const forever = new AbortController().signal;

test("below half nobody is counted before something has come, above it everybody is", async () => {
  const held = new HeldBytes(10);
  assert.equal(await held.room(8, forever), 0);
  held.hold(5);
  assert.equal(await held.room(4, forever), 4);
  assert.equal(held.bytes, 9);
});

test("who finds no room waits, and those who fit enter in their order", async () => {
  const held = new HeldBytes(10);
  held.hold(12);
  const entered: string[] = [];
  const enter = async (name: string, bytes: number) => {
    await held.room(bytes, forever);
    entered.push(name);
  };
  const all = [enter("a", 3), enter("b", 3), enter("c", 1)];
  held.release(2);
  await Promise.resolve();
  assert.deepEqual(entered, []);
  held.release(5);
  await all[0];
  await Promise.resolve();
  assert.deepEqual(entered, ["a"], "b comes before c");
  held.release(3);
  await Promise.all(all);
  assert.deepEqual(entered, ["a", "b", "c"]);
  assert.equal(held.bytes, 12 - 2 - 5 - 3 + 7);
});

test("what is larger than all there is goes alone", async () => {
  const held = new HeldBytes(10);
  held.hold(10);
  const waiting = held.room(20, forever);
  held.release(10);
  assert.equal(await waiting, 20);
});

test("who is told to stop waits no longer", async () => {
  const held = new HeldBytes(1);
  held.hold(1);
  const stop = new AbortController();
  const waiting = held.room(1, stop.signal);
  stop.abort();
  assert.equal(await waiting, 0);
  assert.equal(await held.room(1, stop.signal), 0);
  assert.equal(held.bytes, 1);
});
