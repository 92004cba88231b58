// Leases of tasks that one node at a time may have. They end by the database's clock, never by a node's.

import { type Tx, urgentProc } from "../database.ts";
import { databaseNow, isInForce } from "../database-now.ts";

/** Somebody has given one up. */
export const ROLE_TOPIC = "role.free";

export interface ClaimRoles {
  readonly nodeId: string;
  /** Wanted and not held. */
  readonly names: readonly string[];
  /** Of those that are free so many are taken. */
  readonly max: number;
  readonly ttlMs: number;
}

export interface HeldRole {
  readonly name: string;
  readonly fence: number;
}

/** Takes what nobody holds, and renews what the node has; the answer names all that it holds now. May be repeated. */
export const claimRoles = urgentProc("roles.claim", async (tx, { nodeId, names, max, ttlMs }: ClaimRoles): Promise<readonly HeldRole[]> => {
  const now = databaseNow(tx);
  const others = await tx.query<{ name: string }>(`SELECT name FROM role_lease WHERE ${isInForce(tx, "expires_at")} AND node_id <> $1`, [
    nodeId,
  ]);
  const taken = new Set(others.map(({ name }) => name));
  const free = names.filter((name) => !taken.has(name)).slice(0, max);
  // In order, so that two nodes that claim the same names wait for each other and do not deadlock.
  await tx.insertMany(
    "role_lease",
    [
      ["name", "text"],
      ["node_id", "text"],
      ["fence", "bigint"],
      ["expires_at", "bigint"],
    ],
    free.toSorted().map((name) => [name, nodeId, 1, 0]),
    `ON CONFLICT (name) DO UPDATE SET node_id = excluded.node_id,
       fence = CASE WHEN role_lease.node_id = excluded.node_id THEN role_lease.fence ELSE role_lease.fence + 1 END
     WHERE NOT ${isInForce(tx, "role_lease.expires_at")} AND role_lease.node_id <> excluded.node_id`,
  );
  return tx.query<HeldRole>(`UPDATE role_lease SET expires_at = ${now} + $2 WHERE node_id = $1 RETURNING name, fence`, [nodeId, ttlMs]);
});

export const releaseRoles = urgentProc(
  "roles.release",
  async (tx, { nodeId, names }: { readonly nodeId: string; readonly names: readonly string[] }): Promise<void> => {
    for (const name of names) {
      await tx.query("UPDATE role_lease SET node_id = '', expires_at = 0 WHERE name = $1 AND node_id = $2", [name, nodeId]);
    }
    tx.wake(ROLE_TOPIC);
  },
);

/** Inside another proc: false when the holder with that fence has lost the lease. Until the commit nobody else takes it. */
export async function stillHolds(tx: Tx, { name, fence }: HeldRole): Promise<boolean> {
  const rows = await tx.query("UPDATE role_lease SET fence = fence WHERE name = $1 AND fence = $2 RETURNING name", [name, fence]);
  return rows.length === 1;
}
