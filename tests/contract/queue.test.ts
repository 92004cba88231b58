// What every dialect's queues promise to those who use them: merged calls, waiting, large bodies, many producers and consumers at once.

import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import { StoreError } from "../../src/store/database.ts";
import { openPostgres } from "../../src/store/dialects/postgres.ts";
import { openSqlite } from "../../src/store/dialects/sqlite.ts";
import { collectGarbage } from "../../src/store/garbage.ts";
import { migrations } from "../../src/store/migrations.ts";
import type { Store, StorePlace } from "../../src/store/open.ts";
import { NoSuchQueue, type QueueSettings, type Received } from "../../src/store/queue/queue.ts";
import { createQueue, deleteQueue } from "../../src/store/queue/queues.procs.ts";
import { receiveMessages } from "../../src/store/queue/receive.procs.ts";
import { temporaryDirectory } from "../store/ledger.ts";
import { placeOrder } from "../store/outbox.procs.ts";
import { closing } from "./database-dialects.ts";
import { emptyDatabase, withoutPostgres } from "./postgres-server.ts";
import { openIn, stores } from "./store-dialects.ts";

const standard: QueueSettings = { isFifo: false, visibilityMs: 30_000, delayMs: 0, retentionMs: 345_600_000 };
let lastName = 0;

async function create(store: Pick<Store, "database">, settings: Partial<QueueSettings> = {}): Promise<number> {
  const name = { account: "123456789012", region: "eu-central-1", kind: "test", name: `q${++lastName}` };
  return (await store.database.run(createQueue, { ...name, settings: { ...standard, ...settings } })).id;
}

/** Two stores of one place where the dialect has nodes, else the same one twice. */
async function nodes(t: TestContext, hasNodes: boolean, place: StorePlace): Promise<readonly [Store, Store]> {
  const one = await openIn(t, place);
  return [one, hasNodes ? await openIn(t, place) : one];
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

for (const [name, { skip, hasNodes, place: newPlace }] of Object.entries(stores)) {
  describe(`queues on ${name}`, { skip }, () => {
    let shared: Promise<StorePlace> | undefined;
    const place = () => {
      shared ??= newPlace(); // every test has queues of its own
      return shared;
    };

    test("a receive that waits gets a message that another node sends later", async (t) => {
      const [one, other] = await nodes(t, hasNodes, await place());
      const queueId = await create(one);
      for (const body of ["first", "second", "third"]) {
        const waiting = other.queues.receive(queueId, { max: 1, waitMs: 20_000 });
        await one.queues.send(queueId, [{ body }]);
        const [message] = await waiting;
        assert.equal(message?.body, body);
        assert.deepEqual(await other.queues.remove(queueId, [message!]), [true]);
      }
    });

    test("a receive that waits in vain ends empty, and one that is given up ends with its reason", async (t) => {
      const { database, queues } = await openIn(t, await place());
      const queueId = await create({ database });
      assert.deepEqual(await queues.receive(queueId, { max: 10, waitMs: 150 }), []);
      const abandon = new AbortController();
      const waiting = queues.receive(queueId, { max: 1, waitMs: 20_000, signal: abandon.signal });
      abandon.abort(new Error("the caller has left"));
      await assert.rejects(waiting, /the caller has left/);
      await queues.send(queueId, [{ body: "for somebody else" }]);
      assert.equal((await queues.receive(queueId, { max: 1 })).length, 1);
    });

    for (const isFifo of [false, true]) {
      test(`a ${isFifo ? "FIFO" : "standard"} message that is given back is there at once, as if never received`, async (t) => {
        const [one, other] = await nodes(t, hasNodes, await place());
        const queueId = await create(one, { isFifo, visibilityMs: 600_000 });
        const group = isFifo ? { groupId: "g" } : {};
        await one.queues.send(queueId, [
          { body: "a", ...group, dedupId: "1" },
          { body: "b", ...group, dedupId: "2" },
        ]);
        const taken = await one.queues.receive(queueId, { max: 2 });
        const waiting = other.queues.receive(queueId, { max: 2, waitMs: 20_000 });
        await one.queues.giveBack(queueId, taken);
        const again = await waiting;
        assert.deepEqual(
          again.map(({ body, receiveCount }) => `${body} ${receiveCount}`),
          ["a 1", "b 1"],
        );
        await one.queues.giveBack(queueId, [{ ...taken[0]!, receiveCount: 7 }]); // not the latest lease: nothing
        assert.deepEqual(await one.queues.receive(queueId, { max: 2 }), []);
        assert.deepEqual(await one.queues.remove(queueId, again), [true, true]);
      });
    }

    test("a delayed message reaches those who wait", async (t) => {
      const { database, queues } = await openIn(t, await place());
      const queueId = await create({ database });
      await queues.send(queueId, [{ body: "late", delayMs: 300 }]);
      assert.equal((await queues.receive(queueId, { max: 1, waitMs: 20_000 }))[0]?.body, "late");
    });

    test("a dispatcher removes what is done with the receive of the next, in either kind of queue", async (t) => {
      const { database, queues } = await openIn(t, await place());
      for (const isFifo of [false, true]) {
        const queueId = await create({ database }, { isFifo, visibilityMs: 600_000 });
        const bodies = numbers(30).map(String);
        await queues.send(
          queueId,
          bodies.map((body) => ({ body, groupId: `g${Number(body) % 3}`, dedupId: body })),
        );
        const seen: string[] = [];
        let done: readonly Received[] = [];
        do {
          done = await queues.receive(queueId, { max: 7, done });
          seen.push(...done.map(({ body }) => body));
        } while (done.length > 0);
        assert.deepEqual(
          seen.toSorted((a, b) => Number(a) - Number(b)),
          bodies,
        );
        const { visible, inFlight } = await queues.counts(queueId);
        assert.deepEqual([visible, inFlight], [0, 0]);
      }
    });

    test("callers who want other visibilities are served with theirs", async (t) => {
      const { database, queues } = await openIn(t, await place());
      const queueId = await create({ database });
      await queues.send(queueId, [{ body: "a" }, { body: "b" }]);
      const both = await Promise.all([
        queues.receive(queueId, { max: 1, visibilityMs: 0 }),
        queues.receive(queueId, { max: 1, visibilityMs: 60_000 }),
      ]);
      assert.deepEqual(
        both.map(({ length }) => length),
        [1, 1],
      );
    });

    test("many sends and receives at once are few transactions, and no message is received twice", async (t) => {
      const { database, queues } = await openIn(t, await place());
      const queueId = await create({ database });
      const sent = await Promise.all(numbers(200).map((n) => queues.send(queueId, [{ body: String(n) }])));
      assert.equal(new Set(sent.flat().map(({ id }) => id)).size, 200);
      const received = await Promise.all(numbers(100).map(() => queues.receive(queueId, { max: 2 })));
      assert.deepEqual(
        received
          .flat()
          .map(({ body }) => Number(body))
          .toSorted((a, b) => a - b),
        numbers(200),
      );
      const removed = await Promise.all(received.map((messages) => queues.remove(queueId, messages)));
      assert.ok(removed.flat().every(Boolean));
    });

    test("what one caller must not send fails for that caller alone", async (t) => {
      const { database, queues } = await openIn(t, await place());
      const queueId = await create({ database }, { isFifo: true });
      const item = (n: number) => ({ body: String(n), groupId: "g", dedupId: String(n) });
      const outcomes = await Promise.allSettled([
        queues.send(queueId, [item(1)]),
        queues.send(queueId, [{ body: "without a group" }]),
        queues.send(queueId, [item(2)]),
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ["fulfilled", "rejected", "fulfilled"],
      );
      assert.equal((await queues.receive(queueId, { max: 10 })).length, 2);
    });

    test("a large body goes by way of a blob, which is garbage once the message is removed", async (t) => {
      const { database, queues, blobs } = await openIn(t, await place());
      const queueId = await create({ database });
      const body = "ü".repeat(200_000);
      await queues.send(queueId, [{ body }, { body: "small" }]);
      const keys = async () => {
        const found: string[] = [];
        for await (const some of blobs.keys()) found.push(...some);
        return found;
      };
      assert.equal((await keys()).length, 1);
      const messages = await queues.receive(queueId, { max: 10 });
      assert.deepEqual(new Set(messages.map((message) => message.body)), new Set([body, "small"]));
      await queues.remove(queueId, messages);
      const later = {
        ...database,
        nowMs: () => Date.now() + 3_700_000,
        read: database.read.bind(database),
        run: database.run.bind(database),
      };
      const deleted: string[] = [];
      const remember = async (some: readonly string[]) => {
        deleted.push(...some);
        return some;
      };
      await collectGarbage(later, { ...blobs, delete: remember });
      assert.deepEqual(deleted, await keys());
    });

    test("counts are those of now, and of a deep queue those of a moment ago", async (t) => {
      const { database, queues } = await openIn(t, await place());
      const queueId = await create({ database });
      await queues.send(queueId, [{ body: "a" }, { body: "b" }, { body: "c", delayMs: 60_000 }]);
      await queues.receive(queueId, { max: 1 });
      const { asOfMs: before, ...counted } = await queues.counts(queueId);
      assert.deepEqual(counted, { visible: 1, inFlight: 1, delayed: 1 });
      await queues.receive(queueId, { max: 1 });
      const { asOfMs: after, ...countedAgain } = await queues.counts(queueId);
      assert.deepEqual(countedAgain, { visible: 0, inFlight: 2, delayed: 1 });
      assert.ok(after >= before);
      for (let sent = 0; sent < 40; sent++)
        await queues.send(
          queueId,
          Array.from({ length: 256 }, () => ({ body: "b" })),
        );
      const deep = await queues.counts(queueId);
      assert.equal(deep.visible, 10_240);
      await queues.receive(queueId, { max: 1 });
      assert.deepEqual(await queues.counts(queueId), deep);
      await queues.purge(queueId);
      const { asOfMs: _, ...purged } = await queues.counts(queueId);
      assert.deepEqual(purged, { visible: 0, inFlight: 0, delayed: 0 });
    });

    test("a queue that is gone is told to senders, receivers and those who wait", async (t) => {
      const { database, queues } = await openIn(t, await place());
      const queueId = await create({ database });
      const waiting = queues.receive(queueId, { max: 1, waitMs: 20_000 });
      await database.run(deleteQueue, { queueId });
      await assert.rejects(waiting, NoSuchQueue);
      await assert.rejects(queues.send(queueId, [{ body: "a" }]), NoSuchQueue);
      await assert.rejects(queues.receive(queueId, { max: 1 }), NoSuchQueue);
      await assert.rejects(queues.remove(queueId, [{ id: 1, receiveCount: 1 }]), NoSuchQueue);
      await assert.rejects(queues.counts(queueId), NoSuchQueue);
    });

    test("16 consumers on two nodes and 8 producers: every message once, none lost", async (t) => {
      const both = await nodes(t, hasNodes, await place());
      const queueId = await create(both[0]);
      const total = 4_000;
      const seen = new Map<string, number>();
      const produce = async (_: unknown, producer: number) => {
        for (let n = producer; n < total; n += 8) await both[producer % 2]!.queues.send(queueId, [{ body: String(n) }]);
      };
      const consume = async (_: unknown, consumer: number) => {
        const { queues } = both[consumer % 2]!;
        while (seen.size < total) {
          const messages = await queues.receive(queueId, { max: 10, waitMs: 500 });
          for (const { body, receiveCount } of messages) {
            assert.equal(receiveCount, 1, "a second lease within the visibility");
            seen.set(body, (seen.get(body) ?? 0) + 1);
          }
          const removed = await queues.remove(queueId, messages);
          assert.ok(removed.every(Boolean));
        }
      };
      await Promise.all([...Array.from({ length: 8 }, produce), ...Array.from({ length: 16 }, consume)]);
      assert.ok([...seen.values()].every((times) => times === 1));
      assert.deepEqual(await both[0].queues.receive(queueId, { max: 10 }), []);
    });

    test("FIFO with 8 consumers and 4 producers on two nodes: one holder per group, in order, none lost", async (t) => {
      const both = await nodes(t, hasNodes, await place());
      const queueId = await create(both[0], { isFifo: true });
      const [groups, perGroup] = [12, 40];
      const holders = new Map<string, number>();
      const last = new Map<string, number>();
      let done = 0;
      const produce = async (_: unknown, producer: number) => {
        const { queues } = both[producer % 2]!;
        for (let n = 0; n < perGroup; n++) {
          const own = numbers(groups).filter((group) => group % 4 === producer);
          const items = own.map((group) => ({ body: String(n), groupId: `g${group}`, dedupId: `${group}/${n}` }));
          await queues.send(queueId, items);
        }
      };
      const take = (messages: readonly Received[], consumer: number) => {
        for (const { groupId, body } of messages) {
          assert.ok((holders.get(groupId!) ?? consumer) === consumer, `${groupId} has two holders`);
          holders.set(groupId!, consumer);
          assert.equal(Number(body), (last.get(groupId!) ?? -1) + 1, `order of ${groupId}`);
          last.set(groupId!, Number(body));
        }
      };
      const consume = async (_: unknown, consumer: number) => {
        const { queues } = both[consumer % 2]!;
        while (done < groups * perGroup) {
          const messages = await queues.receive(queueId, { max: 1 + (consumer % 3), waitMs: 500 });
          take(messages, consumer);
          await delay(Math.random() * 3); // lets others meet a busy group
          for (const { groupId } of messages) holders.delete(groupId!);
          await queues.remove(queueId, messages);
          done += messages.length;
        }
      };
      await Promise.all([...Array.from({ length: 4 }, produce), ...Array.from({ length: 8 }, consume)]);
      assert.equal(done, groups * perGroup);
    });

    test("of 40 senders of one dedup id at once, on two nodes, one has sent", async (t) => {
      const both = await nodes(t, hasNodes, await place());
      const queueId = await create(both[0], { isFifo: true });
      const item = { body: "x", groupId: "g", dedupId: "same" };
      const sent = (await Promise.all(numbers(40).map((n) => both[n % 2]!.queues.send(queueId, [item])))).flat();
      assert.equal(sent.filter(({ isDuplicate }) => !isDuplicate).length, 1);
      assert.equal(new Set(sent.map(({ id }) => id)).size, 1);
      assert.equal((await both[0].queues.receive(queueId, { max: 10 })).length, 1);
    });

    test("messages of which nobody got hold in time are received again, and only then", async (t) => {
      const [one, other] = await nodes(t, hasNodes, await place());
      const queueId = await create(one, { visibilityMs: 300 });
      await one.queues.send(queueId, [{ body: "a" }]);
      const [abandoned] = await one.queues.receive(queueId, { max: 1 });
      const [again] = await other.queues.receive(queueId, { max: 1, waitMs: 20_000 });
      assert.deepEqual([again?.id, again?.receiveCount], [abandoned?.id, 2]);
    });
  });
}

const outboxes = {
  SQLite: {
    skip: false as const,
    open: (t: TestContext) =>
      openSqlite({
        file: join(temporaryDirectory(t), "main.db"),
        schema: "main",
        synchronous: "FULL",
        program: "1.0.0",
        clock: systemClock,
        entry: fileURLToPath(new URL("../store/outbox-worker.ts", import.meta.url)),
        onFatal: (error) => {
          throw error;
        },
      }),
  },
  PostgreSQL: {
    skip: withoutPostgres,
    open: async () => openPostgres({ url: await emptyDatabase(), migrations, program: "1.0.0", clock: systemClock, random: systemRandom }),
  },
};

for (const [name, { skip, open }] of Object.entries(outboxes)) {
  test(`outbox on ${name}: a unit that fails leaves neither row nor message nor wake-up, its neighbours stay`, { skip }, async (t) => {
    const database = await closing(t, open(t));
    const queueId = await create({ database });
    const wakes: string[] = [];
    database.onWake((topic) => wakes.push(topic));
    const order = (body: string, mustFail: boolean): Promise<void> =>
      database.run(placeOrder, { queueId, nowMs: Date.now(), name: body, mustFail });
    await assert.rejects(order("never", true), StoreError);
    assert.equal(wakes.length, 0);
    await Promise.allSettled([order("one", false), order("cancelled", true), order("two", false)]);
    const delivery = await database.run(receiveMessages, { queueId, nowMs: Date.now(), asks: [10], sinceMs: 0 });
    assert.ok(delivery !== "no-queue");
    assert.deepEqual(delivery.lists[0]!.map(({ body }) => body).toSorted(), ["one", "two"]);
    assert.ok(wakes.includes(`queue.${queueId}`));
  });
}
