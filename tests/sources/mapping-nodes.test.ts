// One mapping over two nodes of a cluster: one of them polls, and the other goes on when it ends.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Recursion } from "../../src/invoke/recursion.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import type { SqsQueue } from "../../src/queues/sqs-queue.ts";
import { SqsQueues } from "../../src/queues/sqs-queues.ts";
import { EventSourceMappings } from "../../src/sources/event-source-mappings.ts";
import { HeldBytes } from "../../src/sources/held-bytes.ts";
import { insertMapping } from "../../src/sources/mappings.procs.ts";
import { openAt, stores } from "../contract/store-dialects.ts";
import { catalogueOf, invoke, mappingOf, until, type Work } from "./poller-harness.ts";

const { place, skip } = stores.PostgreSQL!;
const PLACE = { account: "123456789012", region: "us-east-1" };
const MAX = 3;

async function openNode(t: TestContext, url: Awaited<ReturnType<typeof place>>, work: Work) {
  const store = await openAt(url);
  const { database, bus, roles } = store;
  const failures: unknown[] = [];
  const onError = (error: unknown) => void failures.push(error);
  const queues = new SqsQueues({ database, queues: store.queues, bus, random: systemRandom, onError });
  const catalogue = catalogueOf(() => true);
  const mappings = new EventSourceMappings({
    ...{ database, bus, roles, queues, catalogue, clock: systemClock, random: systemRandom },
    held: new HeldBytes(),
    permissions: { missing: async () => undefined },
    invoker: { invoke: (invocation) => invoke(invocation, work) },
    recursion: new Recursion({ catalogue, warn: () => {} }),
    warn: (sentence, cause) => void failures.push(cause ?? sentence),
    count: () => {},
  });
  let isOpen = true;
  const close = async () => {
    if (!isOpen) return;
    isOpen = false;
    await mappings.close(10_000);
    await queues.close();
    await store.close();
    assert.deepEqual(failures, []);
  };
  t.after(close);
  const send = async (queue: SqsQueue, bodies: readonly string[]) =>
    void (await queues.send(
      queue,
      bodies.map((body) => ({ body, senderId: "me" })),
    ));
  return { database, queues, send, close };
}

test("two nodes keep one mapping's maximum together, and the second goes on when the first ends", { skip, timeout: 240_000 }, async (t) => {
  const url = await place();
  const got: (readonly [node: string, body: string])[] = [];
  let running = 0;
  let most = 0;
  const workOf =
    (node: string): Work =>
    async ([record]) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running--;
      got.push([node, record?.body ?? ""]);
      return undefined;
    };
  const nodes = new Map([
    ["a", await openNode(t, url, workOf("a"))],
    ["b", await openNode(t, url, workOf("b"))],
  ]);
  const [first] = nodes.values();
  const made = await first!.queues.create({ ...PLACE, name: "q", attributes: {}, tags: {}, nowMs: Date.now() });
  assert.ok(typeof made === "object");
  await first!.database.run(insertMapping, mappingOf(made.queue, { batchSize: 1, concurrencyMax: MAX }));
  await first!.send(
    made.queue,
    Array.from({ length: 40 }, (_, at) => `first ${at}`),
  );
  await until(() => got.length === 40);
  const poller = got[0]![0];
  assert.ok(got.every(([node]) => node === poller));

  const [other] = [...nodes.keys()].filter((name) => name !== poller);
  await nodes.get(poller)!.close();
  await nodes.get(other!)!.send(
    made.queue,
    Array.from({ length: 40 }, (_, at) => `second ${at}`),
  );
  await until(() => got.length === 80);
  assert.ok(got.slice(40).every(([node]) => node === other));
  assert.equal(new Set(got.map(([, body]) => body)).size, 80);
  assert.ok(most <= MAX, `${most} at once`);
});
