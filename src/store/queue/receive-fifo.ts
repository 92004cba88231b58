// Receiving from a FIFO queue: of every group that is not busy the first messages, in order, all of them to one caller.

import type { Tx } from "../database.ts";
import { GROUP_LEASES_MAX, refreshGroups } from "./fifo-groups.ts";
import { forUpdate, type Leased, leasedOf, MESSAGE_COLUMNS, type MessageRow, pgArray, type QueueRow } from "./queue-row.ts";

export interface FifoReceive {
  readonly nowMs: number;
  readonly untilMs: number;
  readonly asks: readonly number[];
  /** Deletes what is expired and moves what is dead. */
  readonly settle: (
    tx: Tx,
    queue: QueueRow,
    undeliverable: { readonly dead: readonly MessageRow[]; readonly expired: readonly MessageRow[]; readonly nowMs: number },
  ) => Promise<void>;
}

interface Candidate extends MessageRow {
  readonly visible_at: number;
}

interface FifoDelivery {
  /** One per ask. */
  readonly lists: readonly (readonly Leased[])[];
  readonly mayBeMore: boolean;
}

export async function receiveFifo(tx: Tx, queue: QueueRow, receive: FifoReceive): Promise<FifoDelivery> {
  const wanted = receive.asks.reduce((sum, ask) => sum + ask, 0);
  const groups = await readyGroups(tx, queue.id, receive.nowMs, wanted);
  if (groups.length === 0) return { lists: receive.asks.map(() => []), mayBeMore: false };
  const candidates = await firstMessages(tx, queue.id, groups, Math.min(wanted, GROUP_LEASES_MAX));
  const { lists, dead, expired } = allot(queue, candidates, receive.asks, receive.nowMs);
  const leased = await lease(tx, lists.flat(), receive);
  await receive.settle(tx, queue, { dead, expired, nowMs: receive.nowMs });
  await refreshGroups(tx, queue.id, groups, receive.nowMs);
  const left = dead.length + expired.length; // behind them may be others that are due
  return {
    lists: lists.map((list) => list.flatMap(({ id }) => leased.get(id) ?? [])),
    mayBeMore: groups.length === wanted || leased.size === wanted || left > 0,
  };
}

/** Locked for this transaction; those that another one holds are passed over. */
async function readyGroups(tx: Tx, queueId: number, nowMs: number, max: number): Promise<readonly string[]> {
  const rows = await tx.query<{ group_id: string }>(
    `SELECT group_id FROM message_group_state WHERE queue_id = $1 AND ready_at <= $2 ORDER BY head_id LIMIT $3
     ${forUpdate(tx, "FOR UPDATE SKIP LOCKED")}`,
    [queueId, nowMs, max],
  );
  return rows.map(({ group_id }) => group_id);
}

async function firstMessages(tx: Tx, queueId: number, groups: readonly string[], max: number): Promise<readonly (readonly Candidate[])[]> {
  const columns = [...MESSAGE_COLUMNS.filter((name) => name !== "body"), "'' AS body", "visible_at"].join(", ");
  const select = `SELECT ${columns} FROM message WHERE queue_id = $1`;
  if (tx.dialect === "sqlite") {
    const found: Candidate[][] = [];
    for (const group of groups)
      found.push(await tx.query<Candidate>(`${select} AND group_id = $2 ORDER BY id LIMIT $3`, [queueId, group, max]));
    return found;
  }
  const rows = await tx.query<Candidate>(
    `SELECT m.* FROM unnest($2::text[]) WITH ORDINALITY AS named(g, n)
     CROSS JOIN LATERAL (${select} AND group_id = named.g ORDER BY id LIMIT $3) AS m ORDER BY named.n, m.id`,
    [queueId, pgArray(groups), max],
  );
  return groups.map((group) => rows.filter((row) => row.group_id === group));
}

interface Allotment {
  readonly lists: readonly (readonly Candidate[])[];
  readonly dead: readonly Candidate[];
  readonly expired: readonly Candidate[];
}

/** Groups go to callers in order, each to one of them. What stands before the first message that is not due yet may be taken, and no more. */
export function allot(queue: QueueRow, groups: readonly (readonly Candidate[])[], asks: readonly number[], nowMs: number): Allotment {
  const lists = asks.map((): Candidate[] => []);
  const dead: Candidate[] = [];
  const expired: Candidate[] = [];
  let caller = 0;
  for (const group of groups) {
    while (caller < asks.length && lists[caller]!.length >= asks[caller]!) caller++;
    if (caller === asks.length) break;
    const list = lists[caller]!;
    for (const row of group) {
      if (row.visible_at > nowMs || list.length >= asks[caller]!) break;
      if (row.sent_at + queue.retention_ms <= nowMs) expired.push(row);
      else if (queue.receives_max !== null && queue.dead_letter_id !== null && row.receive_count >= queue.receives_max) dead.push(row);
      else list.push(row);
    }
  }
  return { lists, dead, expired };
}

async function lease(tx: Tx, rows: readonly Candidate[], { nowMs, untilMs }: FifoReceive): Promise<ReadonlyMap<number, Leased>> {
  const set = `UPDATE message SET visible_at = $2, receive_count = receive_count + 1,
    first_received_at = CASE WHEN receive_count = 0 THEN $3 ELSE first_received_at END`;
  const returning = `RETURNING ${MESSAGE_COLUMNS.join(", ")}`;
  const leased: MessageRow[] = [];
  if (tx.dialect === "postgres" && rows.length > 0) {
    const ids = pgArray(rows.map(({ id }) => id));
    leased.push(...(await tx.query<MessageRow>(`${set} WHERE id = ANY($1::bigint[]) ${returning}`, [ids, untilMs, nowMs])));
  } else {
    for (const { id } of rows) leased.push(...(await tx.query<MessageRow>(`${set} WHERE id = $1 ${returning}`, [id, untilMs, nowMs])));
  }
  return new Map(leased.map((row) => [row.id, leasedOf(row)]));
}
