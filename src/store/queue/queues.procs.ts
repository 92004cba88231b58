// Queues themselves: made, changed, counted, emptied and deleted, and the sweeps that keep their tables small.

import { proc, type Tx } from "../database.ts";
import { lockGroups, refreshGroups } from "./fifo-groups.ts";
import type { QueueName, QueueSettings } from "./queue.ts";
import { deleteMessages, forUpdate, queueRow } from "./queue-row.ts";

/** A message waits at most this long before it is visible for the first time: SQS's largest delay. */
const DELAY_MS_MAX = 900_000;

export interface CreateQueue extends QueueName {
  readonly settings: QueueSettings;
}

/** The id of the new queue, or of the one that has this name already. */
export const createQueue = proc(
  "queue.create",
  async (tx, { account, region, kind, name, settings }: CreateQueue): Promise<{ readonly id: number; readonly isNew: boolean }> => {
    const [created] = await tx.query<{ id: number }>(
      `INSERT INTO queue (account, region, kind, name, is_fifo, visibility_ms, delay_ms, retention_ms, dead_letter_id, receives_max)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (account, region, kind, name) DO NOTHING RETURNING id`,
      [account, region, kind, name, settings.isFifo ? 1 : 0, ...valuesOf(settings)],
    );
    if (created !== undefined) return { id: created.id, isNew: true };
    const [known] = await tx.query<{ id: number }>("SELECT id FROM queue WHERE account = $1 AND region = $2 AND kind = $3 AND name = $4", [
      account,
      region,
      kind,
      name,
    ]);
    return { id: known!.id, isNew: false }; // it has just been in the way
  },
);

/** False when there is no such queue. Whether it is FIFO does not change. */
export const changeQueue = proc(
  "queue.change",
  async (tx, { queueId, settings }: { readonly queueId: number; readonly settings: QueueSettings }): Promise<boolean> => {
    const rows = await tx.query(
      `UPDATE queue SET visibility_ms = $2, delay_ms = $3, retention_ms = $4, dead_letter_id = $5, receives_max = $6 WHERE id = $1 RETURNING id`,
      [queueId, ...valuesOf(settings)],
    );
    return rows.length === 1;
  },
);

function valuesOf({ visibilityMs, delayMs, retentionMs, deadLetter }: QueueSettings) {
  return [visibilityMs, delayMs, retentionMs, deadLetter?.queueId ?? null, deadLetter?.receivesMax ?? null] as const;
}

/** Its messages are deleted afterwards, in portions (emptyQueue). Queues that send dead letters to it keep theirs. */
export const deleteQueue = proc("queue.delete", async (tx, { queueId }: { readonly queueId: number }): Promise<boolean> => {
  await tx.query("UPDATE queue SET dead_letter_id = NULL, receives_max = NULL WHERE dead_letter_id = $1", [queueId]);
  const gone = await tx.query("DELETE FROM queue WHERE id = $1 RETURNING id", [queueId]);
  return gone.length === 1;
});

interface Counted {
  readonly visible: number;
  readonly in_flight: number;
  readonly delayed: number;
}

/** undefined: there is no such queue. */
export const countMessages = proc(
  "queue.count",
  async (tx, { queueId, nowMs }: { readonly queueId: number; readonly nowMs: number }): Promise<Counted | undefined> => {
    if ((await queueRow(tx, queueId)) === undefined) return undefined;
    const [row] = await tx.query<Counted>(
      `SELECT count(CASE WHEN visible_at <= $2 THEN 1 END) AS visible,
         count(CASE WHEN visible_at > $2 AND receive_count > 0 THEN 1 END) AS in_flight,
         count(CASE WHEN visible_at > $2 AND receive_count = 0 THEN 1 END) AS delayed FROM message WHERE queue_id = $1`,
      [queueId, nowMs],
    );
    return row;
  },
);

interface Portion {
  readonly queueId: number;
  readonly nowMs: number;
  /** Only messages sent up to then. */
  readonly sentByMs: number;
  readonly limit: number;
}

/** Deletes up to `limit` messages, in flight or not; how many. Works without the queue's row. */
export const emptyQueue = proc(
  "queue.empty",
  (tx, portion: Portion): Promise<number> => deletePortion(tx, portion, Number.MAX_SAFE_INTEGER),
);

/** Deletes up to `limit` messages whose retention is over. One that was leased late is found when it is received, or later. */
export const expireMessages = proc(
  "queue.expire",
  async (tx, { queueId, nowMs, limit }: { readonly queueId: number; readonly nowMs: number; readonly limit: number }): Promise<number> => {
    const queue = await queueRow(tx, queueId);
    if (queue === undefined) return 0;
    const sentByMs = nowMs - queue.retention_ms;
    return deletePortion(tx, { queueId, nowMs, sentByMs, limit }, sentByMs + DELAY_MS_MAX);
  },
);

async function deletePortion(tx: Tx, { queueId, nowMs, sentByMs, limit }: Portion, visibleByMs: number): Promise<number> {
  const found = await tx.query<{ id: number; group_id: string | null }>(
    `SELECT id, group_id FROM message WHERE queue_id = $1 AND visible_at <= $2 AND sent_at <= $3 ORDER BY visible_at, id LIMIT $4`,
    [queueId, visibleByMs, sentByMs, limit],
  );
  const groups = [...new Set(found.flatMap(({ group_id }) => (group_id === null ? [] : [group_id])))];
  await lockGroups(tx, queueId, groups);
  await deleteMessages(
    tx,
    found.map(({ id }) => id).toSorted((a, b) => a - b),
    nowMs,
  );
  await refreshGroups(tx, queueId, groups, nowMs);
  return found.length;
}

/** Forgets up to `limit` dedup ids whose five minutes are over; how many. */
export const forgetDedupIds = proc(
  "queue.forget-dedup",
  async (tx, { nowMs, limit }: { readonly nowMs: number; readonly limit: number }): Promise<number> => {
    const gone = await tx.query(
      `DELETE FROM message_dedup WHERE (queue_id, dedup_id) IN
         (SELECT queue_id, dedup_id FROM message_dedup WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2
          ${forUpdate(tx, "FOR UPDATE SKIP LOCKED")}) RETURNING queue_id`,
      [nowMs, limit],
    );
    return gone.length;
  },
);

export const queueIds = proc("queue.ids", async (tx, _: null): Promise<readonly number[]> => {
  const rows = await tx.query<{ id: number }>("SELECT id FROM queue ORDER BY id");
  return rows.map(({ id }) => id);
});

/** Queues that are gone while messages of theirs are still there: their deletion was cut short. */
export const orphanedQueueIds = proc("queue.orphans", async (tx, _: null): Promise<readonly number[]> => {
  // Walks from one queue to the next along the index: a DISTINCT would read every message.
  const rows = await tx.query<{ id: number | null }>(
    `WITH RECURSIVE walk(id) AS (
       SELECT min(queue_id) FROM message
       UNION ALL SELECT (SELECT min(queue_id) FROM message WHERE queue_id > walk.id) FROM walk WHERE walk.id IS NOT NULL)
     SELECT id FROM walk WHERE id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM queue WHERE queue.id = walk.id)`,
  );
  return rows.flatMap(({ id }) => (id === null ? [] : [id]));
});
