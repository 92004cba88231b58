// Leases of permits. The limit's row is locked while permits of its key are counted and granted, so the sum of what nodes hold never exceeds it.
// Leases end by the database's clock, never by a node's.

import { proc, type Tx, urgentProc } from "../database.ts";
import { databaseNow, isInForce } from "../database-now.ts";
import { decideGrant } from "./grant.ts";
import type { StoredLimit } from "./permits.ts";

export const FREE_TOPIC = "permit.free ";
export const WANT_TOPIC = "permit.want ";
export const LIMIT_TOPIC = "permit.limit ";

export interface NewLimit extends StoredLimit {
  readonly key: string;
}

/** What is stored then: of a newer version, perhaps. */
export const setPermitLimit = urgentProc("permits.set-limit", async (tx, { key, limit, version }: NewLimit): Promise<StoredLimit> => {
  const [before] = await tx.query<StoredLimit>(
    `UPDATE permit_limit SET permits_max = permits_max WHERE key = $1 RETURNING permits_max AS "limit", version AS version`,
    [key],
  );
  if (before !== undefined && before.version > version) return before;
  await tx.query(
    `INSERT INTO permit_limit (key, permits_max, version) VALUES ($1, $2, $3)
     ON CONFLICT (key) DO UPDATE SET permits_max = excluded.permits_max, version = excluded.version
     WHERE excluded.version >= permit_limit.version`,
    [key, limit, version],
  );
  if (before?.limit !== limit) tx.wake(`${LIMIT_TOPIC}${key}`);
  return { limit, version };
});

export interface SettleLease {
  readonly key: string;
  readonly nodeId: string;
  /** Of those that it holds the node keeps so many: those in use at least. */
  readonly keep: number;
  /** And would like so many more. */
  readonly want: number;
  readonly ttlMs: number;
}

export interface SettledLease {
  readonly held: number;
  /** So many more are held by all together than there are: to be given back. */
  readonly excess: number;
  readonly limit: number;
}

/** Absolute values: may be repeated. "no-limit": nobody has set one. */
export const settleLease = urgentProc("permits.settle", async (tx, args: SettleLease): Promise<SettledLease | "no-limit"> => {
  const { key, nodeId, keep, want, ttlMs } = args;
  // The lock first, and then what is counted under it; without waiting in between, since others wait for the lock.
  const locking = tx.query<{ permits_max: number }>(
    "UPDATE permit_limit SET permits_max = permits_max WHERE key = $1 RETURNING permits_max",
    [key],
  );
  const [[limit], { others, own }] = await Promise.all([locking, heldNow(tx, key, nodeId)]);
  if (limit === undefined) return "no-limit";
  const { held, excess, isShort } = decideGrant({ limit: limit.permits_max, others, own, keep, want });
  await writeLease(tx, { key, nodeId, held, ttlMs });
  if (held < own) tx.wake(`${FREE_TOPIC}${key}`);
  if (isShort) tx.wake(`${WANT_TOPIC}${nodeId} ${key}`);
  return { held, excess, limit: limit.permits_max };
});

/**
 * After the lock of the limit. Leases that have ended are deleted and not passed over: a renewal that is under way at this moment
 * either comes first, and its lease goes on, or finds nothing to renew.
 */
async function heldNow(tx: Tx, key: string, nodeId: string): Promise<{ readonly others: number; readonly own: number }> {
  const ending = tx.query(`DELETE FROM permit WHERE key = $1 AND NOT ${isInForce(tx, "expires_at")}`, [key]);
  const counting = tx.query<{ node_id: string; held: number }>("SELECT node_id, held FROM permit WHERE key = $1", [key]);
  const [, rows] = await Promise.all([ending, counting]);
  const sum = (isOwn: boolean) => rows.filter((row) => (row.node_id === nodeId) === isOwn).reduce((total, { held }) => total + held, 0);
  return { others: sum(false), own: sum(true) };
}

async function writeLease(
  tx: Tx,
  { key, nodeId, held, ttlMs }: Pick<SettleLease, "key" | "nodeId" | "ttlMs"> & { readonly held: number },
): Promise<void> {
  if (held === 0) {
    await tx.query("DELETE FROM permit WHERE key = $1 AND node_id = $2", [key, nodeId]);
    return;
  }
  await tx.query(
    `INSERT INTO permit (key, node_id, held, expires_at) VALUES ($1, $2, $3, ${databaseNow(tx)} + $4)
     ON CONFLICT (key, node_id) DO UPDATE SET held = excluded.held, expires_at = excluded.expires_at`,
    [key, nodeId, held, ttlMs],
  );
}

export interface RenewedLease {
  readonly key: string;
  readonly held: number;
  readonly permits_max: number;
}

/** One statement for all that a node holds. What is not among the answers has ended. */
export const renewLeases = urgentProc(
  "permits.renew",
  async (tx, { nodeId, ttlMs }: { readonly nodeId: string; readonly ttlMs: number }): Promise<readonly RenewedLease[]> =>
    tx.query<RenewedLease>(
      `UPDATE permit SET expires_at = ${databaseNow(tx)} + $2 WHERE node_id = $1 AND expires_at > ${databaseNow(tx)}
       RETURNING key, held, (SELECT permits_max FROM permit_limit WHERE permit_limit.key = permit.key) AS permits_max`,
      [nodeId, ttlMs],
    ),
);

/** A node that ends by itself leaves at once what a dead one leaves when its leases end. */
export const leaveLeases = urgentProc("permits.leave", async (tx, { nodeId }: { readonly nodeId: string }): Promise<void> => {
  const gone = await tx.query<{ key: string }>("DELETE FROM permit WHERE node_id = $1 RETURNING key", [nodeId]);
  for (const { key } of gone) tx.wake(`${FREE_TOPIC}${key}`);
});

/** Rows of nodes that are gone for good: they have counted for nothing since their leases ended. */
export const forgetLeases = proc("permits.forget", async (tx, { olderMs }: { readonly olderMs: number }): Promise<void> => {
  await tx.query(`DELETE FROM permit WHERE expires_at < ${databaseNow(tx)} - $1`, [olderMs]);
});
