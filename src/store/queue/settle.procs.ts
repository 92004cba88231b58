// What becomes of a leased message: removed, or invisible for longer or no longer. A receipt counts only while it is the latest.

import { proc, relaxedProc, type Tx } from "../database.ts";
import { lockGroups, refreshGroups } from "./fifo-groups.ts";
import { queueTopic, type Receipt } from "./queue.ts";
import { discardBlobsOf, NO_QUEUE, type NoQueue, pgArray, type QueueRow, queueRow } from "./queue-row.ts";

export interface Remove {
  readonly queueId: number;
  readonly nowMs: number;
  readonly receipts: readonly Receipt[];
}

interface Gone {
  readonly id: number;
  readonly receive_count: number;
  readonly group_id: string | null;
  readonly blob_key: string | null;
}

/** May be receipts of many callers. Answers in their order. */
export const removeMessages = proc("queue.remove", remove);

/** For whoever has taken them here, and answers nobody: those that a power cut brings back are worked through twice. */
export const removeDone = relaxedProc("queue.remove-done", remove);

async function remove(tx: Tx, args: Remove): Promise<readonly boolean[] | NoQueue> {
  const queue = await queueRow(tx, args.queueId);
  return queue === undefined ? NO_QUEUE : removeIn(tx, queue, args);
}

/** Part of another proc. */
export async function removeIn(tx: Tx, queue: QueueRow, args: Remove): Promise<readonly boolean[]> {
  if (queue.is_fifo === 1) await lockGroups(tx, args.queueId, await groupsOf(tx, args.queueId, args.receipts));
  // AWS: a FIFO queue deletes only what is still held, since the group may have gone on; a standard queue whatever nobody has received since.
  const heldAfterMs = queue.is_fifo === 1 ? args.nowMs : 0;
  const gone = tx.dialect === "postgres" ? await removeTogether(tx, args, heldAfterMs) : await removeOneByOne(tx, args, heldAfterMs);
  await discardBlobsOf(tx, gone, args.nowMs);
  if (queue.is_fifo === 1) await freeGroups(tx, args.queueId, gone, args.nowMs);
  return answersOf(args.receipts, gone);
}

async function removeOneByOne(tx: Tx, { queueId, receipts }: Remove, heldAfterMs: number): Promise<readonly Gone[]> {
  const sql =
    "DELETE FROM message WHERE id = $1 AND receive_count = $2 AND queue_id = $3 AND visible_at > $4 RETURNING id, receive_count, group_id, blob_key";
  const gone: Gone[] = [];
  for (const { id, receiveCount } of receipts) gone.push(...(await tx.query<Gone>(sql, [id, receiveCount, queueId, heldAfterMs])));
  return gone;
}

/** Rows are locked in the order of their ids: two batches that share some would wait for each other. */
function removeTogether(tx: Tx, { queueId, receipts }: Remove, heldAfterMs: number): Promise<readonly Gone[]> {
  return tx.query<Gone>(
    `WITH named AS (
       SELECT m.id FROM message AS m JOIN unnest($1::bigint[], $2::bigint[]) AS receipt(id, count)
         ON m.id = receipt.id AND m.receive_count = receipt.count
       WHERE m.queue_id = $3 AND m.visible_at > $4 ORDER BY m.id FOR UPDATE OF m)
     DELETE FROM message AS m USING named WHERE m.id = named.id RETURNING m.id, m.receive_count, m.group_id, m.blob_key`,
    [pgArray(receipts.map(({ id }) => id)), pgArray(receipts.map(({ receiveCount }) => receiveCount)), queueId, heldAfterMs],
  );
}

export interface ChangeVisibility {
  readonly queueId: number;
  readonly nowMs: number;
  readonly changes: readonly (Receipt & { readonly visibilityMs: number })[];
}

/** Relaxed as the lease is that it moves. */
export const changeVisibility = relaxedProc(
  "queue.change-visibility",
  async (tx, args: ChangeVisibility): Promise<readonly boolean[] | NoQueue> => {
    const { queueId, nowMs, changes } = args;
    const queue = await queueRow(tx, queueId);
    if (queue === undefined) return NO_QUEUE;
    if (queue.is_fifo === 1) await lockGroups(tx, queueId, await groupsOf(tx, queueId, changes));
    const changed: Gone[] = [];
    for (const { id, receiveCount, visibilityMs } of changes.toSorted((a, b) => a.id - b.id)) {
      const rows = await tx.query<Gone>(
        `UPDATE message SET visible_at = $4 WHERE id = $1 AND receive_count = $2 AND queue_id = $3 AND visible_at > $5
       RETURNING id, receive_count, group_id, blob_key`,
        [id, receiveCount, queueId, nowMs + visibilityMs, nowMs],
      );
      changed.push(...rows);
      if (rows.length > 0 && visibilityMs === 0) tx.wake(queueTopic(queueId));
    }
    if (queue.is_fifo === 1) await freeGroups(tx, queueId, changed, nowMs);
    return answersOf(changes, changed);
  },
);

/**
 * Leases of which nobody has heard, since who asked has left: it is as though they had never been. That a former receipt is the latest again
 * does no harm: nobody has received the message since.
 */
export const giveBackMessages = relaxedProc("queue.give-back", async (tx, { queueId, nowMs, receipts }: Remove): Promise<void> => {
  const queue = await queueRow(tx, queueId);
  if (queue === undefined) return;
  if (queue.is_fifo === 1) await lockGroups(tx, queueId, await groupsOf(tx, queueId, receipts));
  const given: Gone[] = [];
  for (const { id, receiveCount } of receipts.toSorted((a, b) => a.id - b.id)) {
    const rows = await tx.query<Gone>(
      `UPDATE message SET visible_at = $4, receive_count = receive_count - 1,
         first_received_at = CASE WHEN receive_count = 1 THEN 0 ELSE first_received_at END
       WHERE id = $1 AND receive_count = $2 AND queue_id = $3 RETURNING id, receive_count, group_id, blob_key`,
      [id, receiveCount, queueId, nowMs],
    );
    given.push(...rows);
  }
  if (queue.is_fifo === 1) await freeGroups(tx, queueId, given, nowMs);
  tx.wake(queueTopic(queueId));
});

/** Two receipts of one message may stand in one call: only the latest counts. */
function answersOf(receipts: readonly Receipt[], done: readonly Gone[]): readonly boolean[] {
  const counts = new Map(done.map(({ id, receive_count }) => [id, receive_count]));
  return receipts.map(({ id, receiveCount }) => counts.get(id) === receiveCount);
}

async function groupsOf(tx: Tx, queueId: number, receipts: readonly Receipt[]): Promise<readonly string[]> {
  if (tx.dialect === "sqlite") return []; // nothing to lock
  const rows = await tx.query<{ group_id: string }>(
    "SELECT DISTINCT group_id FROM message WHERE id = ANY($1::bigint[]) AND queue_id = $2 AND group_id IS NOT NULL",
    [pgArray(receipts.map(({ id }) => id)), queueId],
  );
  return rows.map(({ group_id }) => group_id);
}

async function freeGroups(tx: Tx, queueId: number, changed: readonly Gone[], nowMs: number): Promise<void> {
  const groups = new Set(changed.flatMap(({ group_id }) => (group_id === null ? [] : [group_id])));
  if (groups.size === 0) return;
  await refreshGroups(tx, queueId, groups, nowMs);
  tx.wake(queueTopic(queueId));
}
