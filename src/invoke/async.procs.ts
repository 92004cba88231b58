// What asynchronous invocations need of queues beside sending and receiving: a leased event put back with what has become of it, and the
// queues in which events are due.

import { proc } from "../store/database.ts";
import type { QueueName } from "../store/queue/queue.ts";

export const ASYNC_KIND = "async";

export interface PutBack {
  readonly queueId: number;
  readonly id: number;
  readonly receiveCount: number;
  readonly visibleAtMs: number;
  readonly attributes: string;
}

/** False: the lease was over, and somebody else has the event. */
export const putBackEvent = proc("invoke.async.put-back", async (tx, args: PutBack): Promise<boolean> => {
  const rows = await tx.query(
    "UPDATE message SET attributes = $4, visible_at = $5 WHERE id = $1 AND receive_count = $2 AND queue_id = $3 RETURNING id",
    [args.id, args.receiveCount, args.queueId, args.attributes, args.visibleAtMs],
  );
  return rows.length === 1;
});

export interface DueQueue extends Omit<QueueName, "kind"> {
  readonly id: number;
}

export const dueQueues = proc(
  "invoke.async.due",
  (tx, { nowMs }: { readonly nowMs: number }): Promise<DueQueue[]> =>
    tx.query<DueQueue>(
      `SELECT id, account, region, name FROM queue WHERE kind = '${ASYNC_KIND}'
       AND EXISTS (SELECT 1 FROM message WHERE message.queue_id = queue.id AND message.visible_at <= $1)`,
      [nowMs],
    ),
);
