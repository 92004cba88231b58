import assert from "node:assert/strict";
import { test } from "node:test";
import { findGroup } from "../../src/observe/log-groups.procs.ts";
import { messagesOf } from "../../src/observe/log-segment.ts";
import { listStreams } from "../../src/observe/log-streams.procs.ts";
import { StoreError } from "../../src/store/database.ts";
import { account, openLogStore, region } from "./log-store.ts";

const texts = (page: { events: readonly { message: string }[] }) => page.events.map((event) => event.message);

test("what is written can be read, in order, from a group and streams that nobody created", async (t) => {
  const logs = await openLogStore(t);
  const now = logs.clock.nowMs();
  const one = logs.to("/aws/lambda/a", "2026/11/25/[$LATEST]1");
  const two = logs.to("/aws/lambda/a", "2026/11/25/[$LATEST]2");
  for (let i = 0; i < 100; i++) logs.buffer.write(i % 2 === 0 ? one : two, now + i, `line ${i} é😀\nsecond`);
  const page = await logs.read("/aws/lambda/a");
  assert.deepEqual(
    texts(page),
    Array.from({ length: 100 }, (_, i) => `line ${i} é😀\nsecond`),
  );
  assert.deepEqual(new Set(page.events.map((event) => event.stream)), new Set([one.stream, two.stream]));
  assert.equal(page.events[7]?.ms, now + 7);
});

test("streams know their first and last event", async (t) => {
  const logs = await openLogStore(t);
  const to = logs.to("g", "s");
  for (const ms of [5_000, 9_000]) logs.buffer.write(to, ms, "x");
  await logs.buffer.settle();
  logs.buffer.write(to, 7_000, "x");
  await logs.buffer.settle();
  const group = await logs.database.read(findGroup, { account, region, group: "g" });
  const [stream] = await logs.database.read(listStreams, { groupId: group!.id, orderBy: "name", descending: false, limit: 10 });
  assert.deepEqual([stream?.name, stream?.first_ms, stream?.last_ms], ["s", 5_000, 9_000]);
});

test("a new name object for every line writes to the same stream", async (t) => {
  const logs = await openLogStore(t);
  for (let i = 0; i < 50; i++) logs.buffer.write(logs.to("g", "s"), 1_000, `${i}`);
  assert.equal((await logs.read("g")).events.length, 50);
});

test("256 KiB of text go to the store at once, a little within a second", async (t) => {
  const logs = await openLogStore(t);
  const cut: number[] = [];
  const done = Promise.withResolvers<void>();
  logs.buffer.tail((segment) => {
    cut.push(segment.lengths.length);
    if ([...messagesOf(segment)].at(-1) === "late") done.resolve();
  });
  const line = "x".repeat(1024);
  for (let i = 0; i < 300; i++) logs.buffer.write(logs.to("g", "s"), 1_000, line);
  assert.equal(cut.length, 1);
  logs.buffer.write(logs.to("g", "s"), 1_000, "late");
  await done.promise;
  assert.equal(cut[0]! + cut[1]!, 301);
});

test("events of many hours in one write find their way back", async (t) => {
  const logs = await openLogStore(t);
  const times = [0, 3_599_999, 3_600_000, 86_400_000, 1_000, 1_764_000_000_000];
  for (const ms of times) logs.buffer.write(logs.to("g", "s"), ms, `${ms}`);
  assert.deepEqual(texts(await logs.read("g")), times.toSorted((a, b) => a - b).map(String));
  assert.deepEqual(texts(await logs.read("g", { fromMs: 1_000, toMs: 3_600_000 })), ["1000", "3599999", "3600000"]);
});

test("a message above 1 MiB becomes several events", async (t) => {
  const logs = await openLogStore(t);
  logs.buffer.write(logs.to("g", "s"), 1_000, "y".repeat(2_500_000));
  const lengths: number[] = [];
  for (let after: { ms: number; seq: number } | undefined; ; ) {
    const page = await logs.read("g", { after });
    lengths.push(...page.events.map((event) => event.message.length));
    after = page.next;
    if (after === undefined) break;
  }
  assert.deepEqual(lengths, [1_048_550, 1_048_550, 402_900]);
});

test("put resolves after the commit, and puts that come together share it", async (t) => {
  const logs = await openLogStore(t);
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => logs.buffer.put(logs.to("g", `s${i}`), [{ timestampMs: 1_000, message: `put ${i}` }])),
  );
  const group = await logs.database.read(findGroup, { account, region, group: "g" });
  assert.ok(group!.stored_bytes > 20 * 26);
  assert.equal((await logs.read("g")).events.length, 20);
});

test("pressure rises with the buffer, and relief is told once", async (t) => {
  const logs = await openLogStore(t, { memory: true }, { pressureSize: 10_000, dropSize: 1e9 });
  const to = logs.to("g", "s");
  assert.equal(logs.buffer.pressure(), false);
  for (let i = 0; i < 20; i++) logs.buffer.write(to, 1_000, "z".repeat(1_000));
  assert.equal(logs.buffer.pressure(), true);
  let told = 0;
  const relief = new Promise<void>((resolve) => {
    logs.buffer.onRelief(() => {
      told++;
      resolve();
    });
  });
  await logs.buffer.settle();
  await relief;
  assert.deepEqual([logs.buffer.pressure(), told], [false, 1]);
  await new Promise<void>((resolve) => logs.buffer.onRelief(resolve));
});

test("above the last limit events are dropped, counted and reported", async (t) => {
  const logs = await openLogStore(t, { memory: true }, { pressureSize: 5_000, dropSize: 10_000 });
  for (let i = 0; i < 20; i++) logs.buffer.write(logs.to("g", "s"), 1_000, "z".repeat(1_000));
  assert.equal(logs.buffer.dropped.events, 10);
  assert.match(logs.reports[0] ?? "", /^1 log event was dropped: /);
  assert.equal((await logs.read("g")).events.length, 10);
  await logs.buffer.close();
  assert.match(logs.reports.at(-1) ?? "", /^9 log events were dropped/);
});

test("a store that refuses costs the events, never the writer, and works again afterwards", async (t) => {
  let broken = true;
  const good = await openLogStore(t);
  const refusing = new Proxy(good.database, {
    get(target, property, receiver) {
      if (property === "run" && broken) return () => Promise.reject(new StoreError("unavailable", "database or disk is full"));
      const value = Reflect.get(target, property, receiver) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const logs = await openLogStore(t, { memory: true }, { database: async () => refusing });
  logs.buffer.write(logs.to("g", "s"), 1_000, "lost");
  await logs.buffer.settle();
  await assert.rejects(logs.buffer.put(logs.to("g", "s"), [{ timestampMs: 1_000, message: "lost too" }]), StoreError);
  assert.equal(logs.buffer.dropped.events, 2);
  assert.match(logs.reports[0] ?? "", /disk is full/);
  broken = false;
  logs.buffer.write(logs.to("g", "s"), 1_000, "kept");
  await logs.buffer.settle();
  assert.deepEqual(texts(await good.read("g")), ["kept"]);
});

test("close saves what is there and drops what comes later", async (t) => {
  const logs = await openLogStore(t);
  logs.buffer.write(logs.to("g", "s"), 1_000, "before");
  await logs.buffer.close();
  logs.buffer.write(logs.to("g", "s"), 1_000, "after");
  assert.equal(logs.buffer.dropped.events, 1);
  assert.deepEqual(texts(await logs.read("g")), ["before"]);
});
