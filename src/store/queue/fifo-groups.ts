// The state of FIFO groups: a row per group that has messages. Whoever changes messages of a group holds its row's lock, and says afterwards
// when the group may deliver next. Leased messages are always the first of their group, and at most GROUP_LEASES_MAX of them: so the first
// rows tell, and a long group costs no more than a short one.

import type { Tx } from "../database.ts";
import { pgArray } from "./queue-row.ts";

export const GROUP_LEASES_MAX = 10;

/** Locks those that are there, in order of their names, so that two callers never wait for each other. SQLite has one writer. */
export async function lockGroups(tx: Tx, queueId: number, groups: readonly string[]): Promise<void> {
  if (tx.dialect === "sqlite" || groups.length === 0) return;
  await tx.query(
    "SELECT 1 AS locked FROM message_group_state WHERE queue_id = $1 AND group_id = ANY($2::text[]) ORDER BY group_id FOR UPDATE",
    [queueId, pgArray(groups)],
  );
}

/** The caller holds the groups' locks. A group without messages loses its row. */
export async function refreshGroups(tx: Tx, queueId: number, groups: Iterable<string>, nowMs: number): Promise<void> {
  const names = [...new Set(groups)].toSorted();
  if (names.length === 0) return;
  if (tx.dialect === "postgres") await refreshTogether(tx, queueId, names, nowMs);
  else for (const name of names) await refreshOne(tx, queueId, name, nowMs);
}

interface GroupHead {
  readonly head: number | null;
  readonly busy_until: number | null;
  readonly due: number | null;
}

async function refreshOne(tx: Tx, queueId: number, group: string, nowMs: number): Promise<void> {
  const [found] = await tx.query<GroupHead>(
    `SELECT min(id) AS head, max(CASE WHEN receive_count > 0 AND visible_at > $3 THEN visible_at END) AS busy_until,
       min(CASE WHEN place = 1 THEN visible_at END) AS due
     FROM (SELECT id, receive_count, visible_at, row_number() OVER (ORDER BY id) AS place FROM message
           WHERE queue_id = $1 AND group_id = $2 ORDER BY id LIMIT ${GROUP_LEASES_MAX}) AS first`,
    [queueId, group, nowMs],
  );
  if (found === undefined || found.head === null) {
    await tx.query("DELETE FROM message_group_state WHERE queue_id = $1 AND group_id = $2", [queueId, group]);
    return;
  }
  await tx.query("UPDATE message_group_state SET head_id = $3, ready_at = $4 WHERE queue_id = $1 AND group_id = $2", [
    queueId,
    group,
    found.head,
    found.busy_until ?? found.due,
  ]);
}

/** The same as one statement: one by one it would be a round trip per group. */
async function refreshTogether(tx: Tx, queueId: number, groups: readonly string[], nowMs: number): Promise<void> {
  await tx.query(
    `WITH found AS (
       SELECT named.g, head.* FROM unnest($2::text[]) AS named(g) LEFT JOIN LATERAL (
         SELECT min(id) AS head, max(visible_at) FILTER (WHERE receive_count > 0 AND visible_at > $3::bigint) AS busy_until,
           min(visible_at) FILTER (WHERE place = 1) AS due
         FROM (SELECT id, receive_count, visible_at, row_number() OVER (ORDER BY id) AS place FROM message
               WHERE queue_id = $1 AND group_id = named.g ORDER BY id LIMIT ${GROUP_LEASES_MAX}) AS first
       ) AS head ON true),
     emptied AS (
       DELETE FROM message_group_state AS s USING found WHERE found.head IS NULL AND s.queue_id = $1 AND s.group_id = found.g)
     UPDATE message_group_state AS s SET head_id = found.head, ready_at = coalesce(found.busy_until, found.due)
     FROM found WHERE found.head IS NOT NULL AND s.queue_id = $1 AND s.group_id = found.g`,
    [queueId, pgArray(groups), nowMs],
  );
}

/** Makes the row of a group that gets a message from elsewhere, and locks it. */
export async function enterGroup(tx: Tx, queueId: number, group: string, readyAtMs: number, headId: number): Promise<void> {
  await tx.query(
    `INSERT INTO message_group_state (queue_id, group_id, ready_at, head_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (queue_id, group_id) DO UPDATE SET head_id = message_group_state.head_id`,
    [queueId, group, readyAtMs, headId],
  );
}
