// How much waits in all queues of a kind: asynchronous invocations and messages of SQS. For monitoring, so it must stay cheap however much it is.

import { proc } from "../database.ts";

/** Of each kind: more are not counted. */
export const COUNTED_MAX = 10_000;
const KINDS = ["async", "sqs"];

export interface Waiting {
  readonly kind: string;
  readonly messages: number;
  /** When it was sent; of those that are counted. */
  readonly oldestMs: number;
}

/** Kinds of which nothing waits have no messages, and the present as their oldest. */
export const countWaiting = proc("queue.waiting", async (tx, nowMs: number): Promise<readonly Waiting[]> => {
  const counted = KINDS.map(async (kind) => {
    const [row] = await tx.query<{ messages: number; oldest: number | null }>(
      `SELECT count(*) AS messages, min(sent_at) AS oldest FROM
         (SELECT m.sent_at FROM queue AS q JOIN message AS m ON m.queue_id = q.id WHERE q.kind = $1 LIMIT ${COUNTED_MAX}) AS counted`,
      [kind],
    );
    return { kind, messages: row?.messages ?? 0, oldestMs: row?.oldest ?? nowMs };
  });
  return Promise.all(counted);
});
