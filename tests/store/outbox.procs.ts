// A proc that writes a row and sends a message with it, or neither, run where tests run their procs.

import { type Proc, proc } from "../../src/store/database.ts";
import { createQueue } from "../../src/store/queue/queues.procs.ts";
import { sendIn } from "../../src/store/queue/send.procs.ts";

export interface Order {
  readonly queueId: number;
  readonly nowMs: number;
  readonly name: string;
  readonly mustFail: boolean;
}

/** The row is a queue, since every schema has that table. */
export const placeOrder: Proc<Order, void> = proc("test.place-order", async (tx, { queueId, nowMs, name, mustFail }) => {
  const settings = { isFifo: false, visibilityMs: 0, delayMs: 0, retentionMs: 0 };
  await createQueue.fn(tx, { account: "1", region: "r", kind: "order", name, settings });
  await sendIn(tx, { queueId, nowMs, items: [{ body: name }] });
  if (mustFail) throw new Error("the order is cancelled");
});
