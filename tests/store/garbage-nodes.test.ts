// Garbage of blobs where several nodes on one PostgreSQL collect at the same time, from a shared directory and from a bucket.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { discardCode } from "../../src/services/lambda/function/function.procs.ts";
import type { Blobs } from "../../src/store/blobs.ts";
import { type Database, proc } from "../../src/store/database.ts";
import { collectGarbage, sweepOrphans } from "../../src/store/garbage.ts";
import { blobPlaces } from "../contract/blob-places.ts";
import { migratedDatabase, withoutPostgres } from "../contract/postgres-server.ts";
import { openIn } from "../contract/store-dialects.ts";

const HOURS_AGO_MS = 2 * 3_600_000;

const waiting = proc("test.garbage", async (tx, _: null) =>
  (await tx.query<{ key: string }>("SELECT key FROM blob_garbage")).map(({ key }) => key),
);

async function twoDatabases(t: TestContext): Promise<readonly [Database, Database]> {
  const url = await migratedDatabase();
  const [one, other] = [await openIn(t, { memory: true, url }), await openIn(t, { memory: true, url })];
  return [one.database, other.database];
}

async function keysIn(blobs: Blobs): Promise<readonly string[]> {
  const all: string[] = [];
  for await (const keys of blobs.keys()) all.push(...keys);
  return all;
}

for (const [name, { hasNodes, place: placeFor }] of Object.entries(blobPlaces)) {
  if (!hasNodes) continue;
  describe(`garbage of ${name}`, { skip: withoutPostgres, timeout: 180_000 }, () => {
    test("nodes that collect at once remove what is due once, and keep what was put again a moment ago", async (t) => {
      const [one, other] = await twoDatabases(t);
      const place = await placeFor(t);
      const node = await place.open();
      const nowMs = one.nowMs() - HOURS_AGO_MS;
      const keys = await Promise.all(Array.from({ length: 40 }, async (_, n) => (await node.put(Buffer.from(`code ${n}`))).key));
      for (const codeKey of keys) await one.run(discardCode, { codeKey, nowMs });
      await Promise.all([collectGarbage(one, node), collectGarbage(other, await place.open())]);
      assert.equal((await keysIn(node)).length, 40, "each was put a moment ago");
      assert.equal((await one.read(waiting, null)).length, 40, "they are looked at again");

      const [later, alsoLater] = [await place.later(), await place.later()];
      await Promise.all([collectGarbage(one, later), collectGarbage(other, alsoLater)]);
      assert.deepEqual(await keysIn(node), []);
      assert.deepEqual(await other.read(waiting, null), []);
    });

    test("a node that starts sweeps what no row names, and not what another has just put", async (t) => {
      const [database] = await twoDatabases(t);
      const place = await placeFor(t);
      const node = await place.open();
      const { key } = await node.put(Buffer.from("its row is on the way"));
      await sweepOrphans(database, await place.open());
      assert.deepEqual(await keysIn(node), [key]);
      await sweepOrphans(database, await place.later());
      assert.deepEqual(await keysIn(node), []);
    });
  });
}
