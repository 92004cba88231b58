import assert from "node:assert/strict";
import { test } from "node:test";
import { LogBuffer } from "../../src/observe/log-buffer.ts";
import { SEQ_SLOTS, seqOfSlot } from "../../src/observe/log-segment.ts";
import { openLogStore } from "./log-store.ts";

test("nodes that write to one group at the same millisecond lose nothing", async (t) => {
  const logs = await openLogStore(t);
  const atMs = Date.now();
  const clock = { nowMs: () => atMs, at: () => () => {} };
  const parts = { clock, database: async () => logs.database, report: assert.fail };
  const nodes = Array.from({ length: 4 }, (_, slot) => new LogBuffer({ ...parts, slot: () => slot }));
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 40; n++)
      for (const [slot, node] of nodes.entries()) node.write(logs.to("shared", `node-${slot}`), atMs, `${slot}-${round}-${n}`);
    await Promise.all(nodes.map((node) => node.settle()));
  }
  const { events } = await logs.read("shared", { limit: 10_000 });
  assert.equal(new Set(events.map(({ message }) => message)).size, 4 * 5 * 40);
  assert.equal(new Set(events.map(({ seq }) => seq)).size, events.length, "pages go on behind the last number");
});

test("a slot's numbers are its own, and none is passed over", () => {
  for (const floor of [0, 1, 63, 64, 3_612_345_678_901_248]) {
    const numbers = Array.from({ length: SEQ_SLOTS }, (_, slot) => seqOfSlot(floor, slot));
    assert.deepEqual(
      numbers.toSorted((a, b) => a - b),
      Array.from({ length: SEQ_SLOTS }, (_, n) => floor + n),
    );
    for (const [slot, seq] of numbers.entries()) assert.equal(seq % SEQ_SLOTS, slot);
  }
});
