// Message moves as rows: begun, carried on in portions, cancelled, listed. A portion is one transaction, so a message is in one queue or in
// the other, and a task that a crash stopped goes on where it was.

import { proc, type Tx } from "../store/database.ts";
import { enterGroup, lockGroups, refreshGroups } from "../store/queue/fifo-groups.ts";
import { queueTopic } from "../store/queue/queue.ts";
import { forUpdate, type QueueRow, queueRow } from "../store/queue/queue-row.ts";
import { type QueuePlace, queueArn, SQS_KIND } from "./sqs-queue.ts";

/** Wakes who carries tasks on. */
export const MOVES_TOPIC = "sqs.moves";
/** AWS lists no more of one queue. */
const KEPT_MAX = 10;

export interface MoveTask {
  readonly id: string;
  readonly source_id: number;
  readonly source_arn: string;
  readonly destination_id: number | null;
  readonly destination_arn: string | null;
  readonly per_second: number | null;
  readonly status: "RUNNING" | "COMPLETED" | "CANCELLING" | "CANCELLED" | "FAILED";
  readonly moved: number;
  readonly to_move: number;
  readonly started_at: number;
  readonly failure: string | null;
}

export interface StartMove {
  readonly id: string;
  readonly source: QueuePlace & { readonly id: number };
  readonly destination: (QueuePlace & { readonly id: number }) | undefined;
  readonly perSecond: number | undefined;
  readonly toMove: number;
  readonly nowMs: number;
}

export const startMove = proc("queues.moves.start", async (tx, args: StartMove): Promise<"started" | "running" | "no-dead-letters"> => {
  const { id, source, destination, perSecond, toMove, nowMs } = args;
  const sources = await tx.query(
    `SELECT 1 AS found FROM queue AS q JOIN sqs_queue AS s ON s.queue_id = q.id
     WHERE q.account = $1 AND q.region = $2 AND s.dead_letter_name = $3 LIMIT 1`,
    [source.account, source.region, source.name],
  );
  if (sources.length === 0) return "no-dead-letters";
  const started = await tx.query(
    `INSERT INTO sqs_move_task (id, source_id, source_arn, destination_id, destination_arn, per_second, status, moved, to_move, started_at)
     VALUES ($1, $2, $3, $4, $5, $6, 'RUNNING', 0, $7, $8) ON CONFLICT DO NOTHING RETURNING id`,
    [
      id,
      source.id,
      queueArn(source),
      destination?.id ?? null,
      destination ? queueArn(destination) : null,
      perSecond ?? null,
      toMove,
      nowMs,
    ],
  );
  if (started.length === 0) return "running";
  await tx.query(
    `DELETE FROM sqs_move_task WHERE source_id = $1 AND id NOT IN
       (SELECT id FROM sqs_move_task WHERE source_id = $1 ORDER BY started_at DESC LIMIT ${KEPT_MAX})`,
    [source.id],
  );
  tx.wake(MOVES_TOPIC);
  return "started";
});

/** undefined: there is no such task. Only a running one is cancelled. */
export const cancelMove = proc(
  "queues.moves.cancel",
  async (tx, args: { readonly id: string; readonly sourceArn: string }): Promise<MoveTask | undefined> => {
    const named = [args.id, args.sourceArn] as const;
    const [cancelled] = await tx.query<MoveTask>(
      "UPDATE sqs_move_task SET status = 'CANCELLING' WHERE id = $1 AND source_arn = $2 AND status = 'RUNNING' RETURNING *",
      named,
    );
    if (cancelled !== undefined) tx.wake(MOVES_TOPIC);
    const [found] =
      cancelled === undefined
        ? await tx.query<MoveTask>("SELECT * FROM sqs_move_task WHERE id = $1 AND source_arn = $2", named)
        : [cancelled];
    return found;
  },
);

/** The latest first. */
export const listMoves = proc(
  "queues.moves.list",
  (tx, { sourceId, limit }: { readonly sourceId: number; readonly limit: number }): Promise<MoveTask[]> =>
    tx.query<MoveTask>("SELECT * FROM sqs_move_task WHERE source_id = $1 ORDER BY started_at DESC, id LIMIT $2", [sourceId, limit]),
);

export const activeMoves = proc(
  "queues.moves.active",
  (tx, _: null): Promise<MoveTask[]> => tx.query<MoveTask>("SELECT * FROM sqs_move_task WHERE status IN ('RUNNING', 'CANCELLING')"),
);

interface Portion {
  readonly id: string;
  readonly nowMs: number;
  readonly limit: number;
}

/** How many messages were moved; "over" when there is nothing more to do. */
export const carryOnMove = proc("queues.moves.carry-on", async (tx, { id, nowMs, limit }: Portion): Promise<number | "over"> => {
  const [task] = await tx.query<MoveTask>(`SELECT * FROM sqs_move_task WHERE id = $1 ${forUpdate(tx, "FOR UPDATE")}`, [id]);
  if (task === undefined || (task.status !== "RUNNING" && task.status !== "CANCELLING")) return "over";
  if (task.status === "CANCELLING") return end(tx, id, "CANCELLED");
  const rows = await pick(tx, task, Math.min(nowMs, task.started_at), limit);
  if (rows.length === 0) return end(tx, id, "COMPLETED");
  const outcome = await moveAll(tx, task, rows, nowMs);
  await tx.query("UPDATE sqs_move_task SET moved = moved + $2 WHERE id = $1", [id, outcome.moved]);
  return outcome.failure === undefined ? outcome.moved : end(tx, id, "FAILED", outcome.failure);
});

async function end(tx: Tx, id: string, status: MoveTask["status"], failure?: string): Promise<"over"> {
  await tx.query("UPDATE sqs_move_task SET status = $2, failure = $3 WHERE id = $1", [id, status, failure ?? null]);
  return "over";
}

interface Picked {
  readonly id: number;
  readonly group_id: string | null;
  readonly source_id: number | null;
}

/** What was there when the task began: what comes back as a dead letter meanwhile is not moved a second time. */
function pick(tx: Tx, { source_id }: MoveTask, visibleByMs: number, limit: number): Promise<Picked[]> {
  return tx.query<Picked>(
    `SELECT id, group_id, source_id FROM message WHERE queue_id = $1 AND visible_at <= $2 ORDER BY visible_at, id LIMIT $3
     ${forUpdate(tx, "FOR UPDATE SKIP LOCKED")}`,
    [source_id, visibleByMs, limit],
  );
}

async function moveAll(
  tx: Tx,
  task: MoveTask,
  rows: readonly Picked[],
  nowMs: number,
): Promise<{ readonly moved: number; readonly failure?: string }> {
  const groups = rows.flatMap(({ group_id }) => (group_id === null ? [] : [group_id]));
  await lockGroups(tx, task.source_id, groups);
  const targets = new Map<number, QueueRow | undefined>();
  let moved = 0;
  let failure: string | undefined;
  for (const row of rows) {
    const target = await targetOf(tx, task, row, targets);
    if (typeof target === "string") {
      failure = target;
      break;
    }
    await moveOne(tx, row, target, nowMs);
    moved++;
  }
  await refreshGroups(tx, task.source_id, groups, nowMs);
  for (const target of targets.values()) if (target !== undefined) tx.wake(queueTopic(target.id));
  return { moved, ...(failure !== undefined && { failure }) };
}

/** The queue, or why there is none. */
async function targetOf(tx: Tx, task: MoveTask, row: Picked, known: Map<number, QueueRow | undefined>): Promise<QueueRow | string> {
  const id = task.destination_id ?? row.source_id;
  if (id === null) return "CouldNotDetermineMessageSource";
  if (!known.has(id)) known.set(id, (await queueRow(tx, id)) ?? (await successorOf(tx, id)));
  return known.get(id) ?? "AWS.SimpleQueueService.NonExistentQueue";
}

/** A queue that was deleted and made again under its name. */
async function successorOf(tx: Tx, id: number): Promise<QueueRow | undefined> {
  const [found] = await tx.query<{ id: number }>(
    `SELECT q.id FROM sqs_deleted_queue AS d JOIN queue AS q ON q.account = d.account AND q.region = d.region AND q.name = d.name
     WHERE d.queue_id = $1 AND q.kind = '${SQS_KIND}'`,
    [id],
  );
  return found && queueRow(tx, found.id);
}

/** AWS: a moved message is a new one, with an id, a time and a receive count of its own. Its blob goes along. */
async function moveOne(tx: Tx, { id, group_id }: Picked, target: QueueRow, nowMs: number): Promise<void> {
  if (target.is_fifo === 1) await enterGroup(tx, target.id, group_id ?? "", nowMs, 0);
  const [made] = await tx.query<{ id: number }>(
    `INSERT INTO message (queue_id, visible_at, sent_at, group_id, blob_key, attributes, body)
     SELECT $2, $3, $3, group_id, blob_key, attributes, body FROM message WHERE id = $1 RETURNING id`,
    [id, target.id, nowMs],
  );
  await tx.query("DELETE FROM message WHERE id = $1", [id]);
  if (target.is_fifo !== 1) return;
  await tx.query("UPDATE message_group_state SET head_id = $3 WHERE queue_id = $1 AND group_id = $2 AND head_id = 0", [
    target.id,
    group_id ?? "",
    made!.id, // its row is locked, so it was there
  ]);
}
