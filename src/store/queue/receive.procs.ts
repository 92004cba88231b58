// Receiving: a lease makes messages invisible until it ends. What has been received too often goes to the dead letters in the same
// transaction; what is older than the queue's retention is deleted and never handed out.

import { proc, relaxedProc, type Tx } from "../database.ts";
import { enterGroup } from "./fifo-groups.ts";
import { queueTopic, type Receipt } from "./queue.ts";
import {
  deleteMessages,
  forUpdate,
  type Leased,
  leasedOf,
  MESSAGE_COLUMNS,
  type MessageRow,
  NO_QUEUE,
  type NoQueue,
  pgArray,
  type QueueRow,
  queueRow,
} from "./queue-row.ts";
import { receiveFifo } from "./receive-fifo.ts";
import { removeIn } from "./settle.procs.ts";

/** Dead and expired messages are passed over; a receive that met only such ones looks again this often. */
const ROUNDS_MAX = 20;

export interface Receive {
  readonly queueId: number;
  readonly nowMs: number;
  /** How many messages each of the callers takes at most. */
  readonly asks: readonly number[];
  readonly visibilityMs?: number | undefined;
  /** Low-water mark: nothing that became visible earlier is looked at, and the dead rows before it are not passed over again and again. */
  readonly sinceMs: number;
  /** Removed before anything is received. */
  readonly done?: readonly Receipt[];
  /** Somebody waits on, if nothing comes: say when the next message is due. */
  readonly wantsNext?: boolean;
}

export interface Delivery {
  /** One list per ask. */
  readonly lists: readonly (readonly Leased[])[];
  /** The earliest `visible_at` met: nothing earlier was waiting. undefined: not known, or nothing met. */
  readonly earliestMs: number | undefined;
  /** Not all that is due was looked at. */
  readonly mayBeMore: boolean;
  /** When the next delay or lease ends. undefined: none does, or nobody wanted to know. */
  readonly nextMs?: number | undefined;
}

/** Relaxed: a lease that a power cut takes back is a message that comes again earlier, and one receive fewer in its count. */
export const receiveMessages = relaxedProc("queue.receive", async (tx, args: Receive): Promise<Delivery | NoQueue> => {
  const queue = await queueRow(tx, args.queueId);
  if (queue === undefined) return NO_QUEUE;
  if (args.done !== undefined && args.done.length > 0) await removeIn(tx, queue, { ...args, receipts: args.done });
  const untilMs = args.nowMs + (args.visibilityMs ?? queue.visibility_ms);
  const delivery =
    queue.is_fifo === 1 ? await deliverFifo(tx, queue, { ...args, untilMs }) : await deliver(tx, queue, { ...args, untilMs });
  if (args.wantsNext !== true || delivery.lists.every((list) => list.length > 0)) return delivery;
  return { ...delivery, nextMs: await nextDueMs(tx, queue, args.nowMs) };
});

async function deliver(tx: Tx, queue: QueueRow, lease: Lease): Promise<Delivery> {
  const { leased, ...rest } = await leaseMany(tx, queue, lease);
  return { lists: split(leased, lease.asks), ...rest };
}

async function deliverFifo(tx: Tx, queue: QueueRow, lease: Lease): Promise<Delivery> {
  return { ...(await receiveFifo(tx, queue, { ...lease, settle: settleUndeliverable })), earliestMs: undefined };
}

async function nextDueMs(tx: Tx, queue: QueueRow, nowMs: number): Promise<number | undefined> {
  const [table, column] = queue.is_fifo === 1 ? ["message_group_state", "ready_at"] : ["message", "visible_at"];
  const sql = `SELECT min(${column}) AS due FROM ${table} WHERE queue_id = $1 AND ${column} > $2`;
  const [row] = await tx.query<{ due: number | null }>(sql, [queue.id, nowMs]);
  return row?.due ?? undefined;
}

export const peekMessages = proc(
  "queue.peek",
  async (tx, args: { readonly queueId: number; readonly nowMs: number; readonly max: number }): Promise<readonly Leased[] | NoQueue> => {
    if ((await queueRow(tx, args.queueId)) === undefined) return NO_QUEUE;
    const rows = await tx.query<MessageRow>(
      `SELECT ${MESSAGE_COLUMNS.join(", ")} FROM message WHERE queue_id = $1 AND visible_at <= $2 ORDER BY visible_at, id LIMIT $3`,
      [args.queueId, args.nowMs, args.max],
    );
    return rows.map(leasedOf);
  },
);

interface Lease extends Receive {
  readonly untilMs: number;
}

type LeasedMany = Omit<Delivery, "lists"> & { readonly leased: readonly Leased[] };

async function leaseMany(tx: Tx, queue: QueueRow, lease: Lease): Promise<LeasedMany> {
  const wanted = lease.asks.reduce((sum, ask) => sum + ask, 0);
  const leased: Leased[] = [];
  let earliestMs: number | undefined;
  let mayBeMore = true;
  for (let round = 0; round < ROUNDS_MAX && mayBeMore && leased.length < wanted; round++) {
    const limit = wanted - leased.length;
    const rows = await leaseSome(tx, lease, limit);
    mayBeMore = rows.length === limit;
    for (const { was } of rows) if (was !== null) earliestMs = Math.min(earliestMs ?? was, was);
    const { good, dead, expired } = sorted(queue, rows, lease.nowMs);
    leased.push(...good.map(leasedOf));
    await settleUndeliverable(tx, queue, { dead, expired, nowMs: lease.nowMs, counted: 1 });
  }
  return { leased, earliestMs, mayBeMore };
}

type LeasedRow = MessageRow & { readonly was: number | null };

async function leaseSome(tx: Tx, { queueId, nowMs, untilMs, sinceMs }: Lease, max: number): Promise<LeasedRow[]> {
  const pick = `SELECT id, visible_at FROM message WHERE queue_id = $1 AND visible_at <= $2 AND visible_at >= $5
    ORDER BY visible_at, id LIMIT $3 ${forUpdate(tx, "FOR UPDATE SKIP LOCKED")}`;
  const set =
    "visible_at = $4, receive_count = receive_count + 1, first_received_at = CASE WHEN receive_count = 0 THEN $2 ELSE first_received_at END";
  const columns = MESSAGE_COLUMNS.join(", ");
  const params = [queueId, nowMs, max, untilMs, sinceMs];
  if (tx.dialect === "sqlite") {
    const picked = `SELECT id FROM message WHERE queue_id = $1 AND visible_at <= $2 AND visible_at >= $5 ORDER BY visible_at, id LIMIT $3`;
    const rows = await tx.query<LeasedRow>(`UPDATE message SET ${set} WHERE id IN (${picked}) RETURNING ${columns}, NULL AS was`, params);
    return rows.toSorted((a, b) => a.id - b.id);
  }
  const qualified = MESSAGE_COLUMNS.map((name) => `m.${name}`).join(", ");
  const rows = await tx.query<LeasedRow>(
    `WITH due AS MATERIALIZED (${pick})
     UPDATE message AS m SET visible_at = $4, receive_count = m.receive_count + 1,
       first_received_at = CASE WHEN m.receive_count = 0 THEN $2 ELSE m.first_received_at END
     FROM due WHERE m.id = due.id RETURNING ${qualified}, due.visible_at AS was`,
    params,
  );
  return rows.toSorted((a, b) => (a.was ?? 0) - (b.was ?? 0) || a.id - b.id);
}

interface Undeliverable {
  readonly dead: readonly MessageRow[];
  readonly expired: readonly MessageRow[];
  readonly nowMs: number;
  /** Receives that the rows' receive_count holds and nobody had: the one that found them dead. */
  readonly counted?: number;
}

/** Of rows whose receive_count holds this lease already. */
function sorted<R extends MessageRow>(queue: QueueRow, rows: readonly R[], nowMs: number): { good: R[]; dead: R[]; expired: R[] } {
  const { retention_ms, receives_max, dead_letter_id } = queue;
  const isExpired = (row: R) => row.sent_at + retention_ms <= nowMs;
  const isDead = (row: R) => receives_max !== null && dead_letter_id !== null && row.receive_count > receives_max;
  const alive = rows.filter((row) => !isExpired(row));
  return { expired: rows.filter(isExpired), dead: alive.filter(isDead), good: alive.filter((row) => !isDead(row)) };
}

async function settleUndeliverable(tx: Tx, queue: QueueRow, { dead, expired, nowMs, counted = 0 }: Undeliverable): Promise<void> {
  await deleteMessages(
    tx,
    expired.map(({ id }) => id),
    nowMs,
  );
  await moveToDeadLetters(tx, queue, dead, { nowMs, counted });
}

/** A change of one column per row: nobody ever sees a message twice or not at all. */
async function moveToDeadLetters(
  tx: Tx,
  queue: QueueRow,
  dead: readonly MessageRow[],
  { nowMs, counted }: { readonly nowMs: number; readonly counted: number },
): Promise<void> {
  const target = queue.dead_letter_id;
  if (dead.length === 0 || target === null) return;
  if (queue.is_fifo === 1) {
    for (const { id, group_id } of dead.toSorted((a, b) => a.id - b.id)) await enterGroup(tx, target, group_id ?? "", nowMs, id);
  }
  // A FIFO queue's dead letters are as old as their time there, a standard queue's as old as the message:
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html
  const age = queue.is_fifo === 1 ? ", sent_at = $4" : "";
  const set = `UPDATE message SET queue_id = $2, source_id = $3, visible_at = $4, receive_count = receive_count - $5${age}`;
  const values = [target, queue.id, nowMs, counted] as const;
  if (tx.dialect === "postgres") await tx.query(`${set} WHERE id = ANY($1::bigint[])`, [pgArray(dead.map(({ id }) => id)), ...values]);
  else for (const { id } of dead) await tx.query(`${set} WHERE id = $1`, [id, ...values]);
  tx.wake(queueTopic(target));
}

function split(leased: readonly Leased[], asks: readonly number[]): readonly (readonly Leased[])[] {
  let end = 0;
  return asks.map((ask) => {
    end += ask;
    return leased.slice(end - ask, end);
  });
}
