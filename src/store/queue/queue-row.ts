// The row of a queue inside a transaction, and what every statement about messages shares.

import type { Tx, Value } from "../database.ts";
import { discardBlobs } from "../garbage.procs.ts";
import type { Received } from "./queue.ts";

export interface QueueRow {
  readonly id: number;
  readonly is_fifo: number;
  readonly visibility_ms: number;
  readonly delay_ms: number;
  readonly retention_ms: number;
  readonly dead_letter_id: number | null;
  readonly receives_max: number | null;
}

/** What a proc answers when its queue is gone. */
export const NO_QUEUE = "no-queue";
export type NoQueue = typeof NO_QUEUE;

export async function queueRow(tx: Tx, queueId: number): Promise<QueueRow | undefined> {
  const [row] = await tx.query<QueueRow>(
    "SELECT id, is_fifo, visibility_ms, delay_ms, retention_ms, dead_letter_id, receives_max FROM queue WHERE id = $1",
    [queueId],
  );
  return row;
}

export interface MessageRow {
  readonly id: number;
  readonly receive_count: number;
  readonly first_received_at: number;
  readonly group_id: string | null;
  readonly sent_at: number;
  readonly source_id: number | null;
  readonly blob_key: string | null;
  readonly attributes: string | null;
  readonly body: string;
}

export const MESSAGE_COLUMNS = [
  "id",
  "receive_count",
  "first_received_at",
  "group_id",
  "sent_at",
  "source_id",
  "blob_key",
  "attributes",
  "body",
];

export interface Leased extends Received {
  readonly blobKey: string | null;
}

export function leasedOf(row: MessageRow): Leased {
  return {
    id: row.id,
    receiveCount: row.receive_count,
    firstReceivedAtMs: row.first_received_at,
    groupId: row.group_id,
    sentAtMs: row.sent_at,
    sourceId: row.source_id,
    attributes: row.attributes,
    blobKey: row.blob_key,
    body: row.body,
  };
}

/** A PostgreSQL array, for `= ANY($1::bigint[])` and `unnest`: in statements of that dialect only. */
export function pgArray(values: readonly (string | number | null)[]): Value {
  return values as unknown as Value;
}

export function forUpdate(tx: Tx, mode: "FOR UPDATE" | "FOR UPDATE SKIP LOCKED"): string {
  return tx.dialect === "postgres" ? mode : "";
}

/** Deletes rows that the caller has locked or may delete anyway; their blobs go with them. */
export async function deleteMessages(tx: Tx, ids: readonly number[], nowMs: number): Promise<void> {
  if (ids.length === 0) return;
  const gone =
    tx.dialect === "postgres"
      ? await tx.query<{ blob_key: string | null }>("DELETE FROM message WHERE id = ANY($1::bigint[]) RETURNING blob_key", [pgArray(ids)])
      : await deleteOneByOne(tx, ids);
  await discardBlobsOf(tx, gone, nowMs);
}

export async function discardBlobsOf(tx: Tx, gone: readonly { readonly blob_key: string | null }[], nowMs: number): Promise<void> {
  const keys = new Set(gone.flatMap(({ blob_key }) => (blob_key === null ? [] : [blob_key])));
  if (keys.size > 0) await discardBlobs(tx, [...keys].toSorted(), nowMs);
}

async function deleteOneByOne(tx: Tx, ids: readonly number[]): Promise<readonly { blob_key: string | null }[]> {
  const gone: { blob_key: string | null }[] = [];
  for (const id of ids)
    gone.push(...(await tx.query<{ blob_key: string | null }>("DELETE FROM message WHERE id = $1 RETURNING blob_key", [id])));
  return gone;
}
