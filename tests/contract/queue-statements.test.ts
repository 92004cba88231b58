// What every dialect's queue promises about time, order, receipts, duplicates and dead letters. The time is ours: each call says what it is.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { Database } from "../../src/store/database.ts";
import type { Store, StorePlace } from "../../src/store/open.ts";
import type { Outgoing, QueueSettings, Receipt } from "../../src/store/queue/queue.ts";
import {
  changeQueue,
  countMessages,
  createQueue,
  deleteQueue,
  emptyQueue,
  expireMessages,
  forgetDedupIds,
} from "../../src/store/queue/queues.procs.ts";
import { receiveMessages } from "../../src/store/queue/receive.procs.ts";
import { sendMessages } from "../../src/store/queue/send.procs.ts";
import { changeVisibility, removeMessages } from "../../src/store/queue/settle.procs.ts";
import { keepQueues } from "../../src/store/queue/upkeep.ts";
import { openAt, stores } from "./store-dialects.ts";

const T = 1_800_000_000_000;

class TestQueue {
  readonly id: number;
  readonly #database: Database;

  constructor(database: Database, id: number) {
    this.#database = database;
    this.id = id;
  }

  async send(nowMs: number, ...items: Outgoing[]) {
    const sent = await this.#database.run(sendMessages, { queueId: this.id, nowMs, items });
    assert.notEqual(sent, "no-queue");
    return sent as Exclude<typeof sent, string>;
  }

  async receive(nowMs: number, max = 10, visibilityMs?: number) {
    return (await this.receiveFor(nowMs, [max], visibilityMs))[0]!;
  }

  async receiveFor(nowMs: number, asks: readonly number[], visibilityMs?: number) {
    const delivery = await this.#database.run(receiveMessages, { queueId: this.id, nowMs, asks, visibilityMs, sinceMs: 0 });
    assert.notEqual(delivery, "no-queue");
    return (delivery as Exclude<typeof delivery, string>).lists;
  }

  remove(nowMs: number, ...receipts: Receipt[]) {
    return this.#database.run(removeMessages, { queueId: this.id, nowMs, receipts });
  }

  changeVisibility(nowMs: number, receipt: Receipt, visibilityMs: number) {
    return this.#database.run(changeVisibility, { queueId: this.id, nowMs, changes: [{ ...receipt, visibilityMs }] });
  }

  async counts(nowMs: number) {
    return { ...(await this.#database.read(countMessages, { queueId: this.id, nowMs })) };
  }
}

const standard: QueueSettings = { isFifo: false, visibilityMs: 30_000, delayMs: 0, retentionMs: 345_600_000 };

/** One store per dialect, opened by its first test; every test has queues of its own. */
function sharedStore(place: () => Promise<StorePlace>) {
  let opened: Promise<Store> | undefined;
  let last = 0;
  after(async () => (await opened)?.close());
  return async () => {
    opened ??= place().then(openAt);
    const { database } = await opened;
    const create = async (settings: Partial<QueueSettings> = {}) => {
      const name = { account: "123456789012", region: "eu-central-1", kind: "test", name: `q${++last}` };
      const { id, isNew } = await database.run(createQueue, { ...name, settings: { ...standard, ...settings } });
      assert.ok(isNew);
      return new TestQueue(database, id);
    };
    return { database, create };
  };
}

const inGroup = (groupId: string, body: string): Outgoing => ({ body, groupId, dedupId: `${groupId}/${body}` });
const bodies = (messages: readonly { readonly body: string }[]) => messages.map(({ body }) => body);
const placed = (messages: readonly { readonly groupId: string | null; readonly body: string }[]) =>
  messages.map(({ groupId, body }) => `${groupId}${body}`);

for (const [name, { skip, place }] of Object.entries(stores)) {
  describe(`queue on ${name}`, { skip }, () => {
    const queues = sharedStore(place);

    test("a message comes back as it was sent, and is gone when it is removed", async () => {
      const queue = await (await queues()).create();
      const [sent] = await queue.send(T, { body: 'hé\u0001"{}', attributes: '{"a":1}' });
      const [message] = await queue.receive(T + 5);
      assert.deepEqual(
        { ...message },
        {
          id: sent?.id,
          receiveCount: 1,
          firstReceivedAtMs: T + 5,
          groupId: null,
          sentAtMs: T,
          sourceId: null,
          attributes: '{"a":1}',
          blobKey: null,
          body: 'hé\u0001"{}',
        },
      );
      assert.deepEqual(await queue.remove(T, message!), [true]);
      assert.deepEqual(await queue.counts(T), { visible: 0, in_flight: 0, delayed: 0 });
      assert.deepEqual(await queue.remove(T, message!), [false]);
    });

    test("a leased message is nobody else's until the lease ends; then its old receipt is void", async () => {
      const queue = await (await queues()).create({ visibilityMs: 1_000 });
      await queue.send(T, { body: "a" });
      const [first] = await queue.receive(T);
      assert.deepEqual(await queue.receive(T + 999), []);
      const [second] = await queue.receive(T + 1_000);
      assert.deepEqual([second?.receiveCount, second?.firstReceivedAtMs], [2, T]);
      assert.deepEqual(await queue.remove(T + 1_001, first!, second!), [false, true]);
    });

    test("a receipt of a removed message never fits a later one", async () => {
      const queue = await (await queues()).create();
      await queue.send(T, { body: "a" });
      const [gone] = await queue.receive(T);
      await queue.remove(T, gone!);
      await queue.send(T, { body: "b" });
      await queue.receive(T);
      assert.deepEqual(await queue.remove(T, gone!), [false]);
    });

    test("visibility is extended, released, and not changed once it is over", async () => {
      const queue = await (await queues()).create({ visibilityMs: 1_000 });
      await queue.send(T, { body: "a" });
      const [message] = await queue.receive(T);
      assert.deepEqual(await queue.changeVisibility(T + 500, message!, 5_000), [true]);
      assert.deepEqual(await queue.receive(T + 1_500), []);
      assert.deepEqual(await queue.changeVisibility(T + 1_600, message!, 0), [true]);
      const [again] = await queue.receive(T + 1_600);
      assert.equal(again?.receiveCount, 2);
      assert.deepEqual(await queue.changeVisibility(T + 99_999, again!, 10), [false]);
    });

    test("delays of the queue and of a message", async () => {
      const queue = await (await queues()).create({ delayMs: 2_000 });
      await queue.send(T, { body: "queue's" }, { body: "own", delayMs: 500 }, { body: "none", delayMs: 0 });
      assert.deepEqual(bodies(await queue.receive(T)), ["none"]);
      assert.deepEqual(bodies(await queue.receive(T + 500)), ["own"]);
      assert.deepEqual(await queue.counts(T + 501), { visible: 0, in_flight: 2, delayed: 1 });
      assert.deepEqual(bodies(await queue.receive(T + 2_000)), ["queue's"]);
    });

    test("messages of several callers are divided among them", async () => {
      const queue = await (await queues()).create();
      await queue.send(T, ...Array.from({ length: 7 }, (_, n) => ({ body: String(n) })));
      const lists = await queue.receiveFor(T, [3, 1, 10, 2]);
      assert.deepEqual(
        lists.map(({ length }) => length),
        [3, 1, 3, 0],
      );
      assert.equal(new Set(bodies(lists.flat())).size, 7);
    });

    test("FIFO: in order within a group, busy while one of it is in flight, beside other groups", async () => {
      const queue = await (await queues()).create({ isFifo: true });
      await queue.send(T, inGroup("A", "1"), inGroup("A", "2"), inGroup("B", "1"), inGroup("A", "3"), inGroup("B", "2"));
      const one = await queue.receive(T, 1);
      assert.deepEqual(placed(one), ["A1"]);
      const others = await queue.receive(T, 10);
      assert.deepEqual(placed(others), ["B1", "B2"]);
      assert.deepEqual(await queue.receive(T, 10), []);
      await queue.remove(T, one[0]!);
      assert.deepEqual(placed(await queue.receive(T, 10)), ["A2", "A3"]);
      await queue.remove(T, others[0]!);
      assert.deepEqual(await queue.receive(T, 10), [], "B2 is still in flight");
    });

    test("FIFO: a group goes to one of several callers", async () => {
      const queue = await (await queues()).create({ isFifo: true });
      await queue.send(T, inGroup("A", "1"), inGroup("A", "2"), inGroup("B", "1"), inGroup("B", "2"), inGroup("C", "1"));
      const lists = await queue.receiveFor(T, [1, 10]);
      assert.deepEqual(lists.map(placed), [["A1"], ["B1", "B2", "C1"]]);
    });

    test("FIFO: after an expired lease the same message comes first again", async () => {
      const queue = await (await queues()).create({ isFifo: true, visibilityMs: 1_000 });
      await queue.send(T, inGroup("A", "1"), inGroup("A", "2"));
      await queue.receive(T, 1);
      assert.deepEqual(await queue.receive(T + 500), []);
      const again = await queue.receive(T + 1_000);
      assert.deepEqual(
        again.map(({ body, receiveCount }) => [body, receiveCount]),
        [
          ["1", 2],
          ["2", 1],
        ],
      );
    });

    test("FIFO: a released message is there at once, and its group in order", async () => {
      const queue = await (await queues()).create({ isFifo: true });
      await queue.send(T, inGroup("A", "1"), inGroup("A", "2"));
      const [message] = await queue.receive(T, 1);
      assert.deepEqual(await queue.changeVisibility(T + 10, message!, 0), [true]);
      assert.deepEqual(placed(await queue.receive(T + 10, 10)), ["A1", "A2"]);
    });

    test("FIFO: a long group is received in order to its end", async () => {
      const queue = await (await queues()).create({ isFifo: true });
      const all = Array.from({ length: 45 }, (_, n) => inGroup("A", String(n)));
      await queue.send(T, ...all);
      const seen: string[] = [];
      for (let messages = await queue.receive(T, 10); messages.length > 0; messages = await queue.receive(T, 10)) {
        seen.push(...bodies(messages));
        await queue.remove(T, ...messages.toReversed());
      }
      assert.deepEqual(seen, bodies(all));
    });

    test("one dedup id is one message for five minutes, also after it is removed", async () => {
      const queue = await (await queues()).create({ isFifo: true });
      const [first] = await queue.send(T, inGroup("A", "1"));
      const [again] = await queue.send(T + 299_999, inGroup("A", "1"));
      assert.deepEqual({ ...again }, { id: first?.id, isDuplicate: true });
      const [message] = await queue.receive(T);
      await queue.remove(T, message!);
      assert.equal((await queue.send(T + 299_999, inGroup("A", "1")))[0]?.isDuplicate, true);
      assert.equal((await queue.send(T + 300_000, inGroup("A", "1")))[0]?.isDuplicate, false);
      assert.equal((await queue.receive(T + 300_000)).length, 1);
    });

    test("duplicates within one call are one message", async () => {
      const queue = await (await queues()).create({ isFifo: true });
      const sent = await queue.send(T, inGroup("A", "1"), inGroup("B", "2"), inGroup("A", "1"));
      assert.deepEqual(
        sent.map(({ isDuplicate }) => isDuplicate),
        [false, false, true],
      );
      assert.equal(sent[2]?.id, sent[0]?.id);
      assert.equal((await queue.receive(T)).length, 2);
    });

    test("dedup ids are forgotten when their time is over", async () => {
      const { database, create } = await queues();
      const queue = await create({ isFifo: true });
      const long = 10 * 86_400_000; // beyond what other tests have sent
      await database.run(forgetDedupIds, { nowMs: T + long, limit: 1_000 });
      await queue.send(T + long, inGroup("A", "1"), inGroup("A", "2"));
      assert.equal(await database.run(forgetDedupIds, { nowMs: T + long + 299_999, limit: 10 }), 0);
      assert.equal(await database.run(forgetDedupIds, { nowMs: T + long + 300_000, limit: 1 }), 1);
      assert.equal(await database.run(forgetDedupIds, { nowMs: T + long + 300_000, limit: 10 }), 1);
    });

    test("a message that was received too often is a dead letter, whole and once", async () => {
      const { create } = await queues();
      const dead = await create();
      const queue = await create({ visibilityMs: 10, deadLetter: { queueId: dead.id, receivesMax: 2 } });
      const [sent] = await queue.send(T, { body: "poison" });
      assert.equal((await queue.receive(T)).length, 1);
      assert.equal((await queue.receive(T + 10)).length, 1);
      assert.deepEqual(await dead.receive(T + 20), []);
      assert.deepEqual(await queue.receive(T + 20), []);
      const letters = await dead.receive(T + 20);
      assert.deepEqual(
        letters.map(({ id, body, sourceId, sentAtMs }) => [id, body, sourceId, sentAtMs]),
        [[sent?.id, "poison", queue.id, T]],
      );
      assert.deepEqual(await queue.counts(T + 20), { visible: 0, in_flight: 0, delayed: 0 });
    });

    test("FIFO: the next of the group follows once the poison has moved", async () => {
      const { create } = await queues();
      const dead = await create({ isFifo: true });
      const queue = await create({ isFifo: true, visibilityMs: 10, deadLetter: { queueId: dead.id, receivesMax: 1 } });
      await queue.send(T, inGroup("A", "1"), inGroup("A", "2"));
      assert.deepEqual(bodies(await queue.receive(T, 1)), ["1"]);
      const next = [...(await queue.receive(T + 10, 1)), ...(await queue.receive(T + 10, 1))];
      assert.deepEqual(bodies(next), ["2"]);
      assert.deepEqual(bodies(await dead.receive(T + 10)), ["1"]);
    });

    test("good messages behind many dead ones are found by one call", async () => {
      const { create } = await queues();
      const dead = await create();
      const queue = await create({ visibilityMs: 10, deadLetter: { queueId: dead.id, receivesMax: 1 } });
      await queue.send(T, ...Array.from({ length: 25 }, (_, n) => ({ body: `poison ${n}` })));
      for (let n = 0; n < 3; n++) await queue.receive(T);
      await queue.send(T + 11, { body: "good" });
      assert.deepEqual(bodies(await queue.receive(T + 11, 10)), ["good"]);
      assert.deepEqual(await dead.counts(T + 11), { visible: 25, in_flight: 0, delayed: 0 });
    });

    test("what is beyond its retention is never handed out, and swept away", async () => {
      const { database, create } = await queues();
      for (const isFifo of [false, true]) {
        const queue = await create({ isFifo, retentionMs: 3_600_000 });
        await queue.send(T, inGroup("A", "old"));
        await queue.send(T + 1_000, inGroup("A", "new"));
        const nowMs = T + 3_600_500;
        assert.deepEqual(bodies([...(await queue.receive(nowMs)), ...(await queue.receive(nowMs))]), ["new"]);
        const swept = await create({ isFifo, retentionMs: 3_600_000 });
        await swept.send(T, inGroup("A", "old"), inGroup("B", "old"));
        await swept.send(T + 1_000, inGroup("A", "new"));
        assert.equal(await database.run(expireMessages, { queueId: swept.id, nowMs, limit: 10 }), 2);
        assert.deepEqual(bodies(await swept.receive(nowMs)), ["new"]);
      }
    });

    test("a purge takes what was there, in flight or not, and spares what comes later", async () => {
      const { database, create } = await queues();
      for (const isFifo of [false, true]) {
        const queue = await create({ isFifo });
        await queue.send(T, inGroup("A", "1"), inGroup("A", "2"), inGroup("B", "1"));
        await queue.receive(T, 1);
        await queue.send(T + 1, inGroup("A", "3"));
        assert.equal(await database.run(emptyQueue, { queueId: queue.id, nowMs: T + 1, sentByMs: T, limit: 100 }), 3);
        assert.deepEqual(bodies(await queue.receive(T + 1)), ["3"]);
      }
    });

    test("a deleted queue is gone with its messages, and is nobody's dead letter queue", async () => {
      const { database, create } = await queues();
      const dead = await create();
      const queue = await create({ visibilityMs: 10, deadLetter: { queueId: dead.id, receivesMax: 1 } });
      await dead.send(T, { body: "letter" });
      await queue.send(T, { body: "a" });
      assert.equal(await database.run(deleteQueue, { queueId: dead.id }), true);
      assert.equal(await database.run(deleteQueue, { queueId: dead.id }), false);
      assert.equal(await database.run(sendMessages, { queueId: dead.id, nowMs: T, items: [{ body: "b" }] }), "no-queue");
      for (const nowMs of [T, T + 10, T + 20]) assert.equal((await queue.receive(nowMs)).length, 1);
      await keepQueues(database);
      const left = await database.run(emptyQueue, { queueId: dead.id, nowMs: T, sentByMs: Number.MAX_SAFE_INTEGER, limit: 10 });
      assert.equal(left, 0);
    });

    test("settings change for messages that are there", async () => {
      const { database, create } = await queues();
      const queue = await create();
      await queue.send(T, { body: "a" });
      assert.equal(await database.run(changeQueue, { queueId: queue.id, settings: { ...standard, visibilityMs: 50 } }), true);
      await queue.receive(T);
      assert.equal((await queue.receive(T + 50)).length, 1);
      assert.equal(await database.run(changeQueue, { queueId: 999_999, settings: standard }), false);
    });
  });
}
