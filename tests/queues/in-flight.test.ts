import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { InFlight } from "../../src/queues/in-flight.ts";
import { openStore } from "../../src/store/open.ts";
import { createQueue } from "../../src/store/queue/queues.procs.ts";
import { storePlace } from "../contract/store-place.ts";

const settings = { isFifo: false, visibilityMs: 30_000, delayMs: 0, retentionMs: 345_600_000 };

test("a queue is full when as many messages are held as the limit says, and not before", { timeout: 60_000 }, async (t) => {
  const fail = (error: unknown) => {
    throw error;
  };
  const store = await openStore(await storePlace(), { clock: systemClock, program: "1.0.0", onFatal: fail, onError: fail });
  t.after(() => store.close());
  const { database, queues } = store;
  const { id } = await database.run(createQueue, { account: "1", region: "r", kind: "sqs", name: "q", settings });
  await queues.send(
    id,
    Array.from({ length: 30 }, () => ({ body: "x" })),
  );
  const inFlight = new InFlight(database, 20);
  const take = async (max: number) => {
    assert.equal(await inFlight.isFull(id), false);
    const taken = await queues.receive(id, { max });
    inFlight.add(id, taken.length);
    return taken;
  };
  await take(10);
  const [first] = await take(10);
  assert.equal(await inFlight.isFull(id), true);
  await queues.remove(id, [first!]);
  assert.equal(await new InFlight(database, 20).isFull(id), false);
});
