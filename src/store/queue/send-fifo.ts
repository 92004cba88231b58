// Sending to a FIFO queue. A dedup row makes the first of its id the only one for five minutes. The group's row is locked before ids are
// drawn, so that within a group ids follow the order of commits.

import { strict as assert } from "node:assert";
import type { Tx } from "../database.ts";
import { enterGroup } from "./fifo-groups.ts";
import type { Outgoing, Sent } from "./queue.ts";
import { pgArray, type QueueRow } from "./queue-row.ts";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html */
const DEDUP_MS = 300_000;

interface FifoMessage extends Outgoing {
  readonly groupId: string;
  readonly dedupId: string;
}

interface Send {
  readonly queue: QueueRow;
  readonly nowMs: number;
  readonly items: readonly FifoMessage[];
}

export async function sendFifo(tx: Tx, queue: QueueRow, nowMs: number, items: readonly Outgoing[]): Promise<readonly Sent[]> {
  const send = { queue, nowMs, items: items.map(asFifo) };
  return tx.dialect === "postgres" ? sendTogether(tx, send) : sendOneByOne(tx, send);
}

function asFifo(item: Outgoing): FifoMessage {
  const { groupId, dedupId } = item;
  assert(groupId !== undefined && dedupId !== undefined, "a FIFO message needs a group and a dedup id");
  return { ...item, groupId, dedupId };
}

async function sendOneByOne(tx: Tx, send: Send): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  for (const item of send.items) sent.push(await sendOne(tx, send, item));
  return sent;
}

async function sendOne(tx: Tx, { queue, nowMs }: Send, item: FifoMessage): Promise<Sent> {
  const fresh = await tx.query(
    `INSERT INTO message_dedup (queue_id, dedup_id, expires_at, message_id) VALUES ($1, $2, $3, 0)
     ON CONFLICT (queue_id, dedup_id) DO UPDATE SET expires_at = excluded.expires_at, message_id = 0
     WHERE message_dedup.expires_at <= $4 RETURNING message_id`,
    [queue.id, item.dedupId, nowMs + DEDUP_MS, nowMs],
  );
  const key = [queue.id, item.dedupId] as const;
  if (fresh.length === 0) {
    const [known] = await tx.query<{ message_id: number }>(
      "SELECT message_id FROM message_dedup WHERE queue_id = $1 AND dedup_id = $2",
      key,
    );
    return { id: known!.message_id, isDuplicate: true }; // it has just been in the way
  }
  const dueMs = nowMs + queue.delay_ms;
  await enterGroup(tx, queue.id, item.groupId, dueMs, 0);
  const [row] = await tx.query<{ id: number }>(
    `INSERT INTO message (queue_id, visible_at, sent_at, group_id, blob_key, attributes, body) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
    [queue.id, dueMs, nowMs, item.groupId, item.blobKey ?? null, item.attributes ?? null, item.body],
  );
  const id = row!.id;
  await tx.query("UPDATE message_group_state SET head_id = $3 WHERE queue_id = $1 AND group_id = $2 AND head_id = 0", [
    queue.id,
    item.groupId,
    id,
  ]);
  await tx.query("UPDATE message_dedup SET message_id = $3 WHERE queue_id = $1 AND dedup_id = $2", [...key, id]);
  return { id, isDuplicate: false };
}

/** The same in four statements, whatever the number of items: one by one was 30 times slower. Rows are touched in the order of their keys. */
async function sendTogether(tx: Tx, send: Send): Promise<readonly Sent[]> {
  const { queue, items } = send;
  const fresh = await claimDedupIds(tx, send);
  const ids = new Map<number, number>();
  if (fresh.length > 0) {
    const taken = fresh.map((place) => items[place]!); // places of this very array
    const inserted = await insertMessages(tx, send, taken);
    for (const [index, place] of fresh.entries()) ids.set(place, inserted[index]!);
    await noteIds(tx, queue.id, taken, inserted);
  }
  const known = await knownIds(
    tx,
    queue.id,
    items.flatMap((item, place) => (ids.has(place) ? [] : [item.dedupId])),
  );
  return items.map((item, place) => {
    const id = ids.get(place);
    return id === undefined ? { id: known.get(item.dedupId) ?? 0, isDuplicate: true } : { id, isDuplicate: false };
  });
}

/** Places of the items that are the first of their dedup id. Until the message has an id the row keeps its item's place, as a negative number. */
async function claimDedupIds(tx: Tx, { queue, nowMs, items }: Send): Promise<readonly number[]> {
  const rows = await tx.query<{ place: number }>(
    `INSERT INTO message_dedup (queue_id, dedup_id, expires_at, message_id)
     SELECT $1::bigint, d, $3::bigint, -min(n) FROM unnest($2::text[]) WITH ORDINALITY AS item(d, n) GROUP BY d ORDER BY d COLLATE "C"
     ON CONFLICT (queue_id, dedup_id) DO UPDATE SET expires_at = excluded.expires_at, message_id = excluded.message_id
     WHERE message_dedup.expires_at <= $4::bigint RETURNING -message_id AS place`,
    [queue.id, pgArray(items.map(({ dedupId }) => dedupId)), nowMs + DEDUP_MS, nowMs],
  );
  return rows.map(({ place }) => place - 1).toSorted((a, b) => a - b);
}

async function insertMessages(tx: Tx, { queue, nowMs }: Send, items: readonly FifoMessage[]): Promise<readonly number[]> {
  const dueMs = nowMs + queue.delay_ms;
  const groups = items.map(({ groupId }) => groupId);
  await tx.query(
    `INSERT INTO message_group_state (queue_id, group_id, ready_at, head_id)
     SELECT DISTINCT $1::bigint, g COLLATE "C", $3::bigint, 0 FROM unnest($2::text[]) AS item(g) ORDER BY 2
     ON CONFLICT (queue_id, group_id) DO UPDATE SET head_id = message_group_state.head_id`,
    [queue.id, pgArray(groups), dueMs],
  );
  const rows = await tx.query<{ id: number }>(
    `INSERT INTO message (queue_id, visible_at, sent_at, group_id, blob_key, attributes, body)
     SELECT $1::bigint, $2::bigint, $3::bigint, g, k, a, b
     FROM unnest($4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY AS item(g, k, a, b, n) ORDER BY n RETURNING id`,
    [
      queue.id,
      dueMs,
      nowMs,
      pgArray(groups),
      pgArray(items.map(({ blobKey }) => blobKey ?? null)),
      pgArray(items.map(({ attributes }) => attributes ?? null)),
      pgArray(items.map(({ body }) => body)),
    ],
  );
  return rows.map(({ id }) => id);
}

async function noteIds(tx: Tx, queueId: number, items: readonly FifoMessage[], ids: readonly number[]): Promise<void> {
  await tx.query(
    `WITH sent AS (SELECT * FROM unnest($2::text[], $3::text[], $4::bigint[]) AS item(d, g, id)),
       noted AS (UPDATE message_dedup AS t SET message_id = sent.id FROM sent WHERE t.queue_id = $1 AND t.dedup_id = sent.d)
     UPDATE message_group_state AS s SET head_id = first.id FROM (SELECT g, min(id) AS id FROM sent GROUP BY g) AS first
     WHERE s.queue_id = $1 AND s.group_id = first.g AND s.head_id = 0`,
    [queueId, pgArray(items.map(({ dedupId }) => dedupId)), pgArray(items.map(({ groupId }) => groupId)), pgArray(ids)],
  );
}

async function knownIds(tx: Tx, queueId: number, dedupIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (dedupIds.length === 0) return new Map();
  const rows = await tx.query<{ dedup_id: string; message_id: number }>(
    "SELECT dedup_id, message_id FROM message_dedup WHERE queue_id = $1 AND dedup_id = ANY($2::text[])",
    [queueId, pgArray(dedupIds)],
  );
  return new Map(rows.map(({ dedup_id, message_id }) => [dedup_id, message_id]));
}
