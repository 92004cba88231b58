import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { openLogStore } from "./log-store.ts";

const HOUR_MS = 3_600_000;

test("readers miss nothing while others write and the upkeep merges", async (t) => {
  const logs = await openLogStore(t);
  const hour = Math.floor(logs.clock.nowMs() / HOUR_MS) * HOUR_MS - 3 * HOUR_MS;
  let written = 0;
  const writer = async () => {
    for (let round = 0; round < 150; round++) {
      for (let i = 0; i < 20; i++) logs.buffer.write(logs.to("g", `s${i % 4}`), hour + round * 1_000 + i, String(written++));
      await logs.buffer.settle();
    }
  };
  const reader = async () => {
    while (written < 3_000) {
      const atLeast = written;
      const messages: number[] = [];
      for (let after: { ms: number; seq: number } | undefined; ; ) {
        const page = await logs.read("g", { after, limit: 500 });
        messages.push(...page.events.map((event) => Number(event.message)));
        after = page.next;
        if (after === undefined) break;
      }
      assert.deepEqual(
        messages,
        Array.from({ length: messages.length }, (_, i) => i),
      );
      assert.ok(messages.length >= atLeast, `${messages.length} of ${atLeast} events`);
    }
  };
  const merger = async () => {
    while (written < 3_000) {
      await logs.upkeep.pass();
      await turn();
    }
  };
  await Promise.all([writer(), reader(), reader(), merger()]);
});

test("a group of many streams and a thousand groups are saved alike", async (t) => {
  const logs = await openLogStore(t);
  for (let i = 0; i < 1_000; i++) {
    logs.buffer.write(logs.to("wide", `s${i}`), 1_000 + i, `${i}`);
    logs.buffer.write(logs.to(`g${i}`, "s"), 1_000, `${i}`);
  }
  await logs.buffer.settle();
  assert.equal((await logs.read("wide")).events.length, 1_000);
  assert.deepEqual(
    (await logs.read("g999")).events.map((event) => event.message),
    ["999"],
  );
});
