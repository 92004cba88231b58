// Sending. `sendIn` is the outbox: called inside another proc, the messages are there if and only if what that proc wrote is.

import { proc, type Tx } from "../database.ts";
import { type Outgoing, queueTopic, type Sent } from "./queue.ts";
import { NO_QUEUE, type NoQueue, queueRow } from "./queue-row.ts";
import { sendFifo } from "./send-fifo.ts";

const COLUMNS = [
  ["queue_id", "bigint"],
  ["visible_at", "bigint"],
  ["sent_at", "bigint"],
  ["blob_key", "text"],
  ["attributes", "text"],
  ["body", "text"],
] as const;

export interface Send {
  readonly queueId: number;
  readonly nowMs: number;
  readonly items: readonly Outgoing[];
}

/** May be messages of many callers: one statement, one flush. Answers in the order of `items`. */
export async function sendIn(tx: Tx, { queueId, nowMs, items }: Send): Promise<readonly Sent[] | NoQueue> {
  const queue = await queueRow(tx, queueId);
  if (queue === undefined) return NO_QUEUE;
  tx.wake(queueTopic(queueId));
  if (queue.is_fifo === 1) return sendFifo(tx, queue, nowMs, items);
  const rows = items.map((item) => [
    queueId,
    nowMs + (item.delayMs ?? queue.delay_ms),
    nowMs,
    item.blobKey ?? null,
    item.attributes ?? null,
    item.body,
  ]);
  const inserted = await tx.insertMany<{ id: number }>("message", COLUMNS, rows, "RETURNING id");
  return inserted.map(({ id }) => ({ id, isDuplicate: false }));
}

export const sendMessages = proc("queue.send", (tx, args: Send) => sendIn(tx, args));
