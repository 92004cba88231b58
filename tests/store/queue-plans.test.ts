// PostgreSQL's plans of the statements that must not depend on how deep a queue is or how much of it is not vacuumed yet.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Proc, Tx } from "../../src/store/database.ts";
import { createQueue } from "../../src/store/queue/queues.procs.ts";
import { receiveMessages } from "../../src/store/queue/receive.procs.ts";
import { sendMessages } from "../../src/store/queue/send.procs.ts";
import { migratedDatabase, withoutPostgres } from "../contract/postgres-server.ts";
import { openIn } from "../contract/store-dialects.ts";

/** Runs `proc` with every statement explained after it has run; then nothing is kept of it. */
function explained<A>({ name, fn }: Proc<A, unknown>, plans: string[]): Proc<A, never> {
  return {
    name,
    async fn(tx, args) {
      const explaining: Tx = {
        ...tx,
        dialect: tx.dialect,
        insertMany: (...insert) => tx.insertMany(...insert),
        wake: () => {},
        async query(sql, params) {
          const lines = await tx.query<{ "QUERY PLAN": string }>(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ${sql}`, params);
          plans.push(lines.map((line) => line["QUERY PLAN"]).join("\n"));
          return tx.query(sql, params);
        },
      };
      await fn(explaining, args);
      throw new Error("explained");
    },
  };
}

test("a receive walks the index from the low-water mark, without a sort or a look at the whole table", {
  skip: withoutPostgres,
}, async (t) => {
  const { database } = await openIn(t, { memory: true, url: await migratedDatabase() });
  const settings = { isFifo: false, visibilityMs: 30_000, delayMs: 0, retentionMs: 345_600_000 };
  const { id: queueId } = await database.run(createQueue, { account: "1", region: "r", kind: "test", name: "deep", settings });
  const nowMs = Date.now();
  for (let batch = 0; batch < 20; batch++) {
    const items = Array.from({ length: 500 }, (_, n) => ({ body: `${batch}-${n}` }));
    await database.run(sendMessages, { queueId, nowMs: nowMs + batch, items });
  }
  const plans: string[] = [];
  const receive = { queueId, nowMs: nowMs + 100, asks: [10], sinceMs: nowMs };
  await assert.rejects(database.run(explained(receiveMessages, plans), receive), /explained/);
  const plan = plans.find((one) => one.includes("Update on message"));
  assert.ok(plan !== undefined, plans.join("\n\n"));
  assert.match(plan, /Index Scan using message_due on message/);
  assert.match(plan, /Index Cond: \(\(queue_id = .*visible_at <= .*visible_at >= /);
  assert.doesNotMatch(plan, /Sort|Seq Scan on message\b/);
});

test("what became visible before the low-water mark is left for the look without one", { skip: withoutPostgres }, async (t) => {
  const { database } = await openIn(t, { memory: true, url: await migratedDatabase() });
  const settings = { isFifo: false, visibilityMs: 30_000, delayMs: 0, retentionMs: 345_600_000 };
  const { id: queueId } = await database.run(createQueue, { account: "1", region: "r", kind: "test", name: "marked", settings });
  const nowMs = Date.now();
  await database.run(sendMessages, { queueId, nowMs, items: [{ body: "early" }] });
  await database.run(sendMessages, { queueId, nowMs: nowMs + 50, items: [{ body: "late" }] });
  const receive = async (sinceMs: number) => {
    const delivery = await database.run(receiveMessages, { queueId, nowMs: nowMs + 100, asks: [10], sinceMs });
    assert.ok(delivery !== "no-queue");
    return { bodies: delivery.lists[0]?.map(({ body }) => body), earliestMs: delivery.earliestMs };
  };
  assert.deepEqual(await receive(nowMs + 1), { bodies: ["late"], earliestMs: nowMs + 50 });
  assert.deepEqual(await receive(0), { bodies: ["early"], earliestMs: nowMs });
});
