// PostgreSQL whose clock is set, as far as a database can be made to believe it: its clock_timestamp() is ours.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type Database, proc } from "../../src/store/database.ts";
import { createQueue } from "../../src/store/queue/queues.procs.ts";
import { openAt, openIn, stores } from "./store-dialects.ts";

const HOUR_MS = 3_600_000;
const { skip, place } = stores["PostgreSQL"]!;

const statements = [
  "CREATE SCHEMA ours",
  "CREATE TABLE ours.step (ahead interval NOT NULL)",
  "INSERT INTO ours.step VALUES ('0')",
  `CREATE FUNCTION ours.clock_timestamp() RETURNS timestamptz LANGUAGE sql
     AS 'SELECT pg_catalog.clock_timestamp() + (SELECT ahead FROM ours.step)'`,
  "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = ours, pg_catalog, public', current_database()); END $$",
];

const takeOver = proc("test.take-clock-over", async (tx, _: null): Promise<void> => {
  for (const statement of statements) await tx.query(statement);
});

const setClock = proc("test.set-clock", (tx, hours: number) =>
  tx.query("UPDATE ours.step SET ahead = make_interval(hours => $1::int)", [hours]),
);

async function untilAhead(databases: readonly Database[], hours: number): Promise<void> {
  const isThere = (database: Database) => Math.abs(database.nowMs() - Date.now() - hours * HOUR_MS) < 10_000;
  while (!databases.every(isThere)) await delay(50);
}

test("its nodes follow within seconds: set forward, leases end; set back, what was sent waits; nothing is lost", {
  skip,
  timeout: 300_000,
}, async (t) => {
  const at = await place();
  const before = await openAt(at);
  await before.database.run(takeOver, null);
  await before.close();
  const [one, other] = [await openIn(t, at), await openIn(t, at)];
  const both = [one.database, other.database];
  const settings = { isFifo: false, visibilityMs: HOUR_MS, delayMs: 0, retentionMs: 96 * HOUR_MS };
  const queue = { account: "123456789012", region: "eu-central-1", kind: "test", name: "q", settings };
  const { id } = await one.database.run(createQueue, queue);
  await one.queues.send(id, [{ body: "m" }]);
  assert.equal((await one.queues.receive(id, { max: 1 })).length, 1);
  assert.deepEqual(await other.queues.receive(id, { max: 1 }), []);

  await one.database.run(setClock, 3);
  await untilAhead(both, 3);
  const [again] = await other.queues.receive(id, { max: 1, visibilityMs: 0 });
  assert.equal(again?.receiveCount, 2);

  await one.database.run(setClock, 0);
  await untilAhead(both, 0);
  assert.deepEqual(await one.queues.receive(id, { max: 1 }), []);
  await one.queues.send(id, [{ body: "later" }]);
  assert.equal((await other.queues.receive(id, { max: 2, waitMs: 20_000 }))[0]?.body, "later", "who waits is not held up");

  await one.database.run(setClock, 3);
  await untilAhead(both, 3);
  const all = await one.queues.receive(id, { max: 2 });
  assert.deepEqual(all.map(({ body }) => body).toSorted(), ["later", "m"]);
});
