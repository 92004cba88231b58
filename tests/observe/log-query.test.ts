import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseFilterPattern } from "../../src/observe/filter-pattern/pattern.ts";
import { readChunks } from "../../src/observe/log-chunks.procs.ts";
import { changeGroup, deleteGroup, findGroup } from "../../src/observe/log-groups.procs.ts";
import type { EventQuery } from "../../src/observe/log-query.ts";
import { SEQS_PER_MS } from "../../src/observe/log-segment.ts";
import { deleteStream } from "../../src/observe/log-streams.procs.ts";
import { account, type LogStore, openLogStore, region } from "./log-store.ts";

/** 200 chunks of ten events each, whose times overlap those of their neighbours. */
async function fill(logs: LogStore): Promise<void> {
  for (let chunk = 0; chunk < 200; chunk++) {
    for (let i = 0; i < 10; i++) logs.buffer.write(logs.to("g", `s${i % 2}`), 1_000 + chunk * 10 + ((i * 7) % 30), `c${chunk} e${i}`);
    await logs.buffer.settle();
  }
}

async function chunksOf(logs: LogStore): Promise<number> {
  const group = await logs.database.read(findGroup, { account, region, group: "g" });
  const range = {
    groupId: group!.id,
    direction: "forward",
    fromMs: 0,
    toMs: Math.floor(Number.MAX_SAFE_INTEGER / 2),
    limit: 1_000,
  } as const;
  return (await logs.database.read(readChunks, range)).chunks.length;
}

async function allPages(logs: LogStore, query: Partial<EventQuery>) {
  const pages = [];
  for (let after = query.after; ; ) {
    const page = await logs.read("g", { ...query, after });
    pages.push(page.events);
    if (page.next === undefined) return pages;
    after = page.next;
  }
}

test("pages forward and backward hold every event once, in order", async (t) => {
  const logs = await openLogStore(t);
  await fill(logs);
  for (const direction of ["forward", "backward"] as const) {
    const pages = await allPages(logs, { direction, limit: 37 });
    const events = (direction === "forward" ? pages : pages.toReversed()).flat();
    assert.equal(events.length, 2_000);
    assert.equal(new Set(events.map((event) => event.message)).size, 2_000);
    assert.ok(events.every((event, i) => i === 0 || event.ms >= events[i - 1]!.ms));
    assert.ok(pages.slice(0, -1).every((page) => page.length === 37));
  }
});

test("backward reads the newest events first", async (t) => {
  const logs = await openLogStore(t);
  await fill(logs);
  const page = await logs.read("g", { direction: "backward", limit: 3 });
  const newest = (await logs.read("g")).events.slice(-3);
  assert.deepEqual(page.events, newest);
});

test("a stream, a time range and a pattern narrow the search", async (t) => {
  const logs = await openLogStore(t);
  await fill(logs);
  const page = await logs.read("g", { ofStream: (name) => name === "s1", fromMs: 1_100, toMs: 1_200, pattern: parseFilterPattern("e3") });
  assert.ok(page.events.length > 0);
  assert.ok(page.events.every(({ stream, ms, message }) => stream === "s1" && ms >= 1_100 && ms <= 1_200 && message.endsWith("e3")));
});

test("a page holds at most 1 MiB", async (t) => {
  const logs = await openLogStore(t);
  for (let i = 0; i < 40; i++) logs.buffer.write(logs.to("g", "s"), 1_000 + i, `${i}${"x".repeat(100_000)}`);
  const pages = await allPages(logs, {});
  assert.ok(pages.every((page) => page.reduce((size, { message }) => size + message.length, 0) <= 1_048_576));
  assert.equal(pages.flat().length, 40);
});

test("a search that finds nothing ends with a partial page that leads on", async (t) => {
  const logs = await openLogStore(t);
  for (let i = 0; i < 600; i++) {
    logs.buffer.write(logs.to("g", "s"), 1_000 + i, i === 599 ? "needle" : "hay");
    await logs.buffer.settle();
  }
  const first = await logs.read("g", { pattern: parseFilterPattern("needle") });
  assert.equal(first.events.length, 0);
  assert.ok(first.next !== undefined && first.next.ms > 1_500 && first.next.ms < 1_599);
  const pages = await allPages(logs, { pattern: parseFilterPattern("needle") });
  assert.deepEqual(
    pages.flat().map((event) => event.message),
    ["needle"],
  );
});

test("events of a deleted stream are gone, also when a new one takes its name", async (t) => {
  const logs = await openLogStore(t);
  logs.buffer.write(logs.to("g", "a"), 1_000, "old a");
  logs.buffer.write(logs.to("g", "b"), 1_000, "old b");
  await logs.buffer.settle();
  const group = await logs.database.read(findGroup, { account, region, group: "g" });
  await logs.database.run(deleteStream, { groupId: group!.id, name: "a", untilSeq: (logs.clock.nowMs() + 1) * SEQS_PER_MS });
  logs.clock.advance(10);
  logs.buffer.write(logs.to("g", "a"), 1_000, "new a");
  assert.deepEqual(
    (await logs.read("g")).events.map((event) => event.message),
    ["old b", "new a"],
  );
});

test("after an hour its little chunks are one, with the same events less the hidden ones", async (t) => {
  const logs = await openLogStore(t);
  await fill(logs);
  const group = (await logs.database.read(findGroup, { account, region, group: "g" }))!;
  await logs.database.run(deleteStream, { groupId: group.id, name: "s1", untilSeq: (logs.clock.nowMs() + 1) * SEQS_PER_MS });
  const before = await logs.read("g");
  assert.deepEqual([before.events.length, await chunksOf(logs)], [1_000, 200]);
  await logs.upkeep.pass();
  assert.equal(await chunksOf(logs), 1);
  assert.deepEqual((await logs.read("g")).events, before.events);
  const after = (await logs.database.read(findGroup, { account, region, group: "g" }))!;
  assert.ok(after.stored_bytes < group.stored_bytes);
});

test("the hour that is not over yet is left alone", async (t) => {
  const logs = await openLogStore(t);
  const now = logs.clock.nowMs();
  for (let i = 0; i < 3; i++) await logs.buffer.put(logs.to("g", "s"), [{ timestampMs: now, message: `${i}` }]);
  await logs.upkeep.pass();
  assert.deepEqual(
    (await logs.read("g")).events.map((event) => event.message),
    ["0", "1", "2"],
  );
});

test("retention deletes what is older, by the platform's clock", async (t) => {
  const logs = await openLogStore(t);
  const day = 86_400_000;
  const now = logs.clock.nowMs();
  logs.buffer.write(logs.to("g", "s"), now - 2 * day, "old");
  logs.buffer.write(logs.to("g", "s"), now, "new");
  await logs.buffer.settle();
  await logs.database.run(changeGroup, { account, region, group: "g", retentionDays: 1 });
  await logs.upkeep.pass();
  assert.deepEqual(
    (await logs.read("g")).events.map((event) => event.message),
    ["new"],
  );
  logs.clock.advance(2 * day);
  await logs.upkeep.pass();
  assert.deepEqual((await logs.read("g")).events, []);
  assert.equal((await logs.database.read(findGroup, { account, region, group: "g" }))!.stored_bytes, 0);
});

test("a deleted group's name is free at once, and its events never come back", async (t) => {
  const logs = await openLogStore(t);
  logs.buffer.write(logs.to("g", "s"), 1_000, "old");
  await logs.buffer.settle();
  const name = { account, region, group: "g" };
  assert.equal(await logs.database.run(deleteGroup, name), "deleted");
  assert.equal(await logs.database.read(findGroup, name), undefined);
  logs.buffer.write(logs.to("g", "s"), 1_000, "new");
  assert.deepEqual(
    (await logs.read("g")).events.map((event) => event.message),
    ["new"],
  );
  await logs.upkeep.pass();
  assert.deepEqual(
    (await logs.read("g")).events.map((event) => event.message),
    ["new"],
  );
});

test("what was committed is there after the store is opened again", async (t) => {
  const dataDirectory = await mkdtemp(join(tmpdir(), "lambent-logs-"));
  t.after(() => rm(dataDirectory, { recursive: true, force: true }));
  await t.test("first", async (first) => {
    const logs = await openLogStore(first, { dataDirectory });
    await logs.buffer.put(logs.to("g", "s"), [{ timestampMs: 1_000, message: "kept" }]);
    logs.buffer.write(logs.to("g", "s"), 2_000, "saved by close");
  });
  const logs = await openLogStore(t, { dataDirectory });
  assert.deepEqual(
    (await logs.read("g")).events.map((event) => event.message),
    ["kept", "saved by close"],
  );
});
