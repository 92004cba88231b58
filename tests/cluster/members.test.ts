// The rows of nodes: which of them count.

import assert from "node:assert/strict";
import { test } from "node:test";
import { beat, joinCluster, readMembers } from "../../src/cluster/members.procs.ts";
import { proc } from "../../src/store/database.ts";
import { openIn, stores } from "../contract/store-dialects.ts";

const { skip, place } = stores["PostgreSQL"]!;
const TTL_MS = 3_000;

const member = (id: string) => ({ id, address: `${id}:4700`, endpoint: "", roles: "worker", program: "1.0.0", room: 1, concurrency: 10 });

test("a database whose clock was set back keeps no dead node a member, and a living one stays", { skip, timeout: 180_000 }, async (t) => {
  const { database } = await openIn(t, await place());
  for (const id of ["dead", "living"]) await database.run(joinCluster, { member: member(id), slotsMax: 2, ttlMs: TTL_MS });
  const ids = async () => (await database.read(readMembers, null)).map(({ id }) => id).toSorted();
  assert.deepEqual(await ids(), ["dead", "living"]);
  // To a row it is the same whether now is earlier or its end is later.
  const later = proc("test.end-later", (tx, _: null) => tx.query("UPDATE node SET expires_at = expires_at + 10800000"));
  await database.run(later, null);
  const { isMember } = await database.run(beat, { id: "living", endpoint: "", isDraining: false, catalogueVersion: 0, ttlMs: TTL_MS });
  assert.equal(isMember, true);
  assert.deepEqual(await ids(), ["living"]);
  assert.notEqual(await database.run(joinCluster, { member: member("new"), slotsMax: 2, ttlMs: TTL_MS }), "full");
});
