// SQS's queues as rows. Where two of them depend on each other, as a queue and its dead-letter queue do, one transaction decides.

import { proc, type Tx } from "../store/database.ts";
import { type QueueSettings, queueTopic } from "../store/queue/queue.ts";
import { forUpdate } from "../store/queue/queue-row.ts";
import { changeQueue, createQueue, deleteQueue } from "../store/queue/queues.procs.ts";
import { type Attributes, allowsRedriveFrom, redriveOf, settingsOf } from "./queue-attributes.ts";
import { isFifoName, placeOfArn, type QueuePlace, queueArn, SQS_KIND, type SqsQueue } from "./sqs-queue.ts";

/** Wakes whoever remembers queues. */
export const QUEUES_TOPIC = "sqs.queues";
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html */
const NAME_RESTS_MS = 60_000;
const PURGE_RESTS_MS = 60_000;
/** No message lives longer, so none can have come from a queue that was deleted earlier. */
const NAME_KEPT_MS = 14 * 86_400_000;

export type DeadLetterRefusal = "dead-letter-missing" | "dead-letter-type" | "dead-letter-refused";

interface Row {
  readonly id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly is_fifo: number;
  readonly attributes: string;
  readonly tags: string;
  readonly created_at: number;
  readonly modified_at: number;
}

const SELECT = `SELECT q.id, q.account, q.region, q.name, q.is_fifo, s.attributes, s.tags, s.created_at, s.modified_at
  FROM queue AS q JOIN sqs_queue AS s ON s.queue_id = q.id`;
const BY_NAME = `WHERE q.kind = '${SQS_KIND}' AND q.account = $1 AND q.region = $2 AND q.name = $3`;

function queueOf(row: Row): SqsQueue {
  const { id, account, region, name } = row;
  return {
    id,
    account,
    region,
    name,
    arn: queueArn(row),
    isFifo: row.is_fifo === 1,
    attributes: JSON.parse(row.attributes) as Attributes,
    tags: JSON.parse(row.tags) as Record<string, string>,
    createdMs: row.created_at,
    modifiedMs: row.modified_at,
  };
}

async function find(tx: Tx, { account, region, name }: QueuePlace): Promise<SqsQueue | undefined> {
  const [row] = await tx.query<Row>(`${SELECT} ${BY_NAME}`, [account, region, name]);
  return row && queueOf(row);
}

export const findSqsQueue = proc("queues.find", (tx, place: QueuePlace) => find(tx, place));

export interface CreateSqsQueue extends QueuePlace {
  readonly attributes: Attributes;
  readonly tags: Readonly<Record<string, string>>;
  readonly nowMs: number;
}

export type Created = { readonly queue: SqsQueue; readonly isNew: boolean } | "deleted-recently" | DeadLetterRefusal;

/** The new queue, or the one that has this name already. */
export const createSqsQueue = proc("queues.create", async (tx, args: CreateSqsQueue): Promise<Created> => {
  const { account, region, name, attributes, tags, nowMs } = args;
  const known = await find(tx, args);
  if (known !== undefined) return { queue: known, isNew: false };
  const [deleted] = await tx.query<{ deleted_at: number | null }>(
    "SELECT max(deleted_at) AS deleted_at FROM sqs_deleted_queue WHERE account = $1 AND region = $2 AND name = $3",
    [account, region, name],
  );
  // A clock that was set back must not lock the name for longer.
  const restedMs = nowMs - (deleted?.deleted_at ?? 0);
  if (restedMs >= 0 && restedMs < NAME_RESTS_MS) return "deleted-recently";
  const linked = await linkDeadLetters(tx, args, attributes);
  if (typeof linked === "string") return linked;
  const settings = settingsOf(attributes, isFifoName(name), linked.deadLetter);
  const { id, isNew } = await createQueue.fn(tx, { account, region, name, kind: SQS_KIND, settings });
  if (!isNew) return { queue: (await find(tx, args))!, isNew: false }; // another node was faster, and has committed
  await tx.query(
    "INSERT INTO sqs_queue (queue_id, attributes, tags, dead_letter_name, created_at, modified_at) VALUES ($1, $2, $3, $4, $5, $5)",
    [id, JSON.stringify(attributes), JSON.stringify(tags), linked.name, nowMs],
  );
  await relinkSources(tx, args, id);
  tx.wake(QUEUES_TOPIC);
  return { queue: (await find(tx, args))!, isNew: true }; // it has just been written
});

interface Linked {
  readonly name: string | null;
  readonly deadLetter: QueueSettings["deadLetter"];
}

async function linkDeadLetters(tx: Tx, source: QueuePlace, attributes: Attributes): Promise<Linked | DeadLetterRefusal> {
  const redrive = redriveOf(attributes);
  if (redrive === undefined) return { name: null, deadLetter: undefined };
  const place = placeOfArn(redrive.targetArn);
  if (place === undefined || place.account !== source.account || place.region !== source.region) return "dead-letter-missing";
  const target = await find(tx, place);
  if (target === undefined) return "dead-letter-missing";
  if (target.isFifo !== isFifoName(source.name)) return "dead-letter-type";
  if (!allowsRedriveFrom(target.attributes, queueArn(source))) return "dead-letter-refused";
  return { name: target.name, deadLetter: { queueId: target.id, receivesMax: redrive.receivesMax } };
}

/** A dead-letter queue that was deleted and is made again gets dead letters again: queues name it by its ARN. */
async function relinkSources(tx: Tx, { account, region, name }: QueuePlace, id: number): Promise<void> {
  const sources = await tx.query<Row>(`${SELECT} WHERE q.account = $1 AND q.region = $2 AND s.dead_letter_name = $3`, [
    account,
    region,
    name,
  ]);
  for (const source of sources.map(queueOf)) {
    const receivesMax = redriveOf(source.attributes)?.receivesMax ?? null;
    await tx.query("UPDATE queue SET dead_letter_id = $2, receives_max = $3 WHERE id = $1", [source.id, id, receivesMax]);
  }
}

export interface ChangeSqsQueue {
  readonly queueId: number;
  /** An empty text takes the attribute away. */
  readonly attributes: Attributes;
  readonly nowMs: number;
}

/** undefined: there is no such queue. */
export const changeSqsQueue = proc(
  "queues.change",
  async (tx, { queueId, attributes, nowMs }: ChangeSqsQueue): Promise<"changed" | DeadLetterRefusal | undefined> => {
    const [row] = await tx.query<Row>(`${SELECT} WHERE q.id = $1 ${forUpdate(tx, "FOR UPDATE")}`, [queueId]);
    if (row === undefined) return undefined;
    const queue = queueOf(row);
    const merged = Object.fromEntries(Object.entries({ ...queue.attributes, ...attributes }).filter(([, value]) => value !== ""));
    const linked = attributes.RedrivePolicy === undefined ? await keptLink(tx, queueId) : await linkDeadLetters(tx, queue, merged);
    if (typeof linked === "string") return linked;
    await changeQueue.fn(tx, { queueId, settings: settingsOf(merged, queue.isFifo, linked.deadLetter) });
    await tx.query("UPDATE sqs_queue SET attributes = $2, dead_letter_name = $3, modified_at = $4 WHERE queue_id = $1", [
      queueId,
      JSON.stringify(merged),
      linked.name,
      nowMs,
    ]);
    tx.wake(QUEUES_TOPIC);
    return "changed";
  },
);

async function keptLink(tx: Tx, queueId: number): Promise<Linked> {
  const [row] = await tx.query<{ dead_letter_id: number | null; receives_max: number | null; dead_letter_name: string | null }>(
    "SELECT q.dead_letter_id, q.receives_max, s.dead_letter_name FROM queue AS q JOIN sqs_queue AS s ON s.queue_id = q.id WHERE q.id = $1",
    [queueId],
  );
  const { dead_letter_id: id = null, receives_max: receivesMax = null, dead_letter_name: name = null } = row ?? {};
  return { name, deadLetter: id === null || receivesMax === null ? undefined : { queueId: id, receivesMax } };
}

/** False: there is no such queue. Its messages go afterwards, in portions. */
export const deleteSqsQueue = proc(
  "queues.delete",
  async (tx, { queueId, nowMs }: { readonly queueId: number; readonly nowMs: number }): Promise<boolean> => {
    await tx.query("DELETE FROM sqs_deleted_queue WHERE deleted_at < $1", [nowMs - NAME_KEPT_MS]);
    await tx.query(
      `INSERT INTO sqs_deleted_queue (queue_id, account, region, name, deleted_at)
       SELECT id, account, region, name, $2 FROM queue WHERE id = $1 ON CONFLICT (queue_id) DO NOTHING`,
      [queueId, nowMs],
    );
    await tx.query("DELETE FROM sqs_queue WHERE queue_id = $1", [queueId]);
    tx.wake(QUEUES_TOPIC);
    tx.wake(queueTopic(queueId));
    return deleteQueue.fn(tx, { queueId });
  },
);

export interface TagSqsQueue {
  readonly queueId: number;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  readonly tagsMax: number;
}

export const tagSqsQueue = proc(
  "queues.tag",
  async (tx, { queueId, add, remove, tagsMax }: TagSqsQueue): Promise<"tagged" | "too-many" | undefined> => {
    const [row] = await tx.query<{ tags: string }>(`SELECT tags FROM sqs_queue WHERE queue_id = $1 ${forUpdate(tx, "FOR UPDATE")}`, [
      queueId,
    ]);
    if (row === undefined) return undefined;
    const tags = { ...(JSON.parse(row.tags) as Record<string, string>), ...add };
    for (const key of remove) delete tags[key];
    if (Object.keys(tags).length > tagsMax) return "too-many";
    await tx.query("UPDATE sqs_queue SET tags = $2 WHERE queue_id = $1", [queueId, JSON.stringify(tags)]);
    tx.wake(QUEUES_TOPIC);
    return "tagged";
  },
);

export interface ListSqsQueues {
  readonly account: string;
  readonly region: string;
  readonly prefix: string;
  /** Names after this one. */
  readonly after: string;
  readonly limit: number;
  /** Only queues whose dead letters go to this one. */
  readonly deadLetterName?: string | undefined;
}

/** In the order of their names. */
export const listSqsQueues = proc("queues.list", async (tx, args: ListSqsQueues): Promise<readonly SqsQueue[]> => {
  const { account, region, prefix, after, limit, deadLetterName } = args;
  const collated = tx.dialect === "postgres" ? 'q.name COLLATE "C"' : "q.name";
  const rows = await tx.query<Row>(
    `${SELECT} WHERE q.kind = '${SQS_KIND}' AND q.account = $1 AND q.region = $2 AND ${collated} > $3 AND substr(q.name, 1, $4) = $5
     ${deadLetterName === undefined ? "" : "AND s.dead_letter_name = $7"} ORDER BY ${collated} LIMIT $6`,
    [account, region, after, prefix.length, prefix, limit, ...(deadLetterName === undefined ? [] : [deadLetterName])],
  );
  return rows.map(queueOf);
});

/** False: it was purged less than 60 s ago. undefined: there is no such queue. */
export const beginPurge = proc(
  "queues.begin-purge",
  async (tx, { queueId, nowMs }: { readonly queueId: number; readonly nowMs: number }): Promise<boolean | undefined> => {
    const begun = await tx.query(
      "UPDATE sqs_queue SET purged_at = $2 WHERE queue_id = $1 AND (purged_at <= $3 OR purged_at > $2) RETURNING queue_id",
      [queueId, nowMs, nowMs - PURGE_RESTS_MS],
    );
    if (begun.length === 1) return true;
    return (await tx.query("SELECT 1 AS found FROM sqs_queue WHERE queue_id = $1", [queueId])).length === 1 ? false : undefined;
  },
);

/** Of a queue that is there or was deleted not long ago. */
export const placeOfQueue = proc("queues.place", async (tx, { queueId }: { readonly queueId: number }): Promise<QueuePlace | undefined> => {
  const [row] = await tx.query<{ account: string; region: string; name: string }>(
    `SELECT account, region, name FROM queue WHERE id = $1
       UNION ALL SELECT account, region, name FROM sqs_deleted_queue WHERE queue_id = $1`,
    [queueId],
  );
  return row;
});

/** Of this installation; `fresh` becomes it at the first call. */
export const installationSalt = proc("queues.salt", async (tx, { fresh }: { readonly fresh: string }): Promise<string> => {
  await tx.query("INSERT INTO sqs_salt (id, salt) VALUES (1, $1) ON CONFLICT (id) DO NOTHING", [fresh]);
  const [row] = await tx.query<{ salt: string }>("SELECT salt FROM sqs_salt WHERE id = 1");
  return row!.salt; // it has just been written
});

export interface MessageState {
  readonly receive_count: number;
  readonly visible_at: number;
}

/** undefined: the message is not in this queue. */
export const messageState = proc(
  "queues.message-state",
  async (tx, { queueId, id }: { readonly queueId: number; readonly id: number }): Promise<MessageState | undefined> => {
    const [row] = await tx.query<MessageState>("SELECT receive_count, visible_at FROM message WHERE id = $1 AND queue_id = $2", [
      id,
      queueId,
    ]);
    return row;
  },
);

/** How many messages somebody holds, up to `limit`. Only what is invisible is looked at: a backlog costs nothing. */
export const countInFlight = proc(
  "queues.count-in-flight",
  async (tx, { queueId, nowMs, limit }: { readonly queueId: number; readonly nowMs: number; readonly limit: number }): Promise<number> => {
    const [row] = await tx.query<{ held: number }>(
      `SELECT count(*) AS held FROM (SELECT 1 AS one FROM message WHERE queue_id = $1 AND visible_at > $2 AND receive_count > 0 LIMIT $3) AS few`,
      [queueId, nowMs, limit],
    );
    return row?.held ?? 0;
  },
);
