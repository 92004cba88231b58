// Queues over a database: sends, removals and receives of one queue are merged, large bodies become blobs, receivers wait for wake-ups.

import type { Blobs } from "../blobs.ts";
import { type Database, EVERY_TOPIC } from "../database.ts";
import { Coalescer } from "./coalescer.ts";
import {
  NoSuchQueue,
  type Outgoing,
  type QueueCounts,
  type Queues,
  queueTopic,
  type Receipt,
  type Received,
  type ReceiveOptions,
  type Sent,
} from "./queue.ts";
import { type Leased, NO_QUEUE, type NoQueue } from "./queue-row.ts";
import { countMessages, emptyQueue } from "./queues.procs.ts";
import { type Delivery, peekMessages, receiveMessages } from "./receive.procs.ts";
import { Receivers } from "./receivers.ts";
import { sendMessages } from "./send.procs.ts";
import { changeVisibility, giveBackMessages, removeDone, removeMessages } from "./settle.procs.ts";

/** SQLite rewrites a row that changes its size, so the second lease of a large body would write all of it. */
const INLINE_CHARACTERS_MAX = 32 * 1024;
/** Counting fewer costs no more than the call that asks; the count of a deep queue is kept, so that at most 2 % of the time goes into it. */
const COUNTED_EVERY_TIME_MAX = 10_000;
const COUNTS_TIMES = 50;
const PURGE_PORTION = 1_000;

export interface QueuesOptions {
  readonly database: Database;
  readonly blobs: Blobs;
}

export function openQueues(options: QueuesOptions): Queues {
  return new DatabaseQueues(options);
}

/** What is kept about one queue while somebody uses it. */
interface Line {
  readonly sends: Coalescer<Outgoing, Sent>;
  readonly removals: Coalescer<Receipt, boolean>;
  readonly doneRemovals: Coalescer<Receipt, boolean>;
  readonly receivers: Receivers;
  counts?: { readonly value: Promise<QueueCounts>; validUntilMs: number };
}

class DatabaseQueues implements Queues {
  readonly #database: Database;
  readonly #blobs: Blobs;
  readonly #lines = new Map<number, Line>();
  readonly #stopListening: () => void;

  constructor({ database, blobs }: QueuesOptions) {
    this.#database = database;
    this.#blobs = blobs;
    this.#stopListening = database.onWake((topic) => this.#wake(topic));
  }

  async send(queueId: number, items: readonly Outgoing[]): Promise<readonly Sent[]> {
    const isLarge = items.some(({ body }) => body.length > INLINE_CHARACTERS_MAX);
    const stored = isLarge ? await Promise.all(items.map((item) => this.#outOfLine(item))) : items;
    const bytes = stored.reduce((sum, { body }) => sum + body.length, 0);
    return this.#line(queueId).sends.call(stored, bytes);
  }

  async receive(queueId: number, options: ReceiveOptions): Promise<readonly Received[]> {
    const leased = await this.#line(queueId).receivers.receive(options);
    return Promise.all(leased.map((message) => this.#whole(message)));
  }

  remove(queueId: number, receipts: readonly Receipt[]): Promise<readonly boolean[]> {
    return this.#line(queueId).removals.call(receipts);
  }

  removeDone(queueId: number, receipts: readonly Receipt[]): Promise<readonly boolean[]> {
    return this.#line(queueId).doneRemovals.call(receipts);
  }

  async changeVisibility(queueId: number, changes: readonly (Receipt & { readonly visibilityMs: number })[]): Promise<readonly boolean[]> {
    const nowMs = this.#database.nowMs();
    return this.#present(queueId, await this.#database.run(changeVisibility, { queueId, nowMs, changes }));
  }

  async giveBack(queueId: number, receipts: readonly Receipt[]): Promise<void> {
    await this.#database.run(giveBackMessages, { queueId, nowMs: this.#database.nowMs(), receipts });
  }

  counts(queueId: number): Promise<QueueCounts> {
    const line = this.#line(queueId);
    if (line.counts !== undefined && performance.now() < line.counts.validUntilMs) return line.counts.value;
    const startedMs = performance.now();
    const value = this.#count(queueId);
    const counts = { value, validUntilMs: 0 };
    line.counts = counts;
    value.then(
      ({ visible, inFlight, delayed }) => {
        const endedMs = performance.now();
        if (visible + inFlight + delayed > COUNTED_EVERY_TIME_MAX) counts.validUntilMs = endedMs + (endedMs - startedMs) * COUNTS_TIMES;
      },
      () => {},
    );
    return value;
  }

  async peek(queueId: number, max: number): Promise<readonly Received[]> {
    const nowMs = this.#database.nowMs();
    const found = this.#present(queueId, await this.#database.read(peekMessages, { queueId, nowMs, max }));
    return Promise.all(found.map((message) => this.#whole(message)));
  }

  async purge(queueId: number): Promise<void> {
    const nowMs = this.#database.nowMs();
    for (;;) {
      const portion = { queueId, nowMs, sentByMs: nowMs, limit: PURGE_PORTION };
      if ((await this.#database.run(emptyQueue, portion)) < PURGE_PORTION) break;
    }
    delete this.#lines.get(queueId)?.counts;
  }

  async close(): Promise<void> {
    this.#stopListening();
    for (const { receivers } of this.#lines.values()) receivers.close();
    this.#lines.clear();
  }

  #wake(topic: string): void {
    if (topic === EVERY_TOPIC) for (const { receivers } of this.#lines.values()) receivers.wake();
    else this.#lineOf(topic)?.receivers.wake();
  }

  #lineOf(topic: string): Line | undefined {
    const prefix = queueTopic(0).slice(0, -1);
    return topic.startsWith(prefix) ? this.#lines.get(Number(topic.slice(prefix.length))) : undefined;
  }

  #line(queueId: number): Line {
    const known = this.#lines.get(queueId);
    if (known !== undefined) return known;
    const database = this.#database;
    const nowMs = () => database.nowMs();
    const remover = (proc: typeof removeMessages) => async (receipts: readonly Receipt[]) =>
      this.#present(queueId, await database.run(proc, { queueId, nowMs: nowMs(), receipts }));
    const line: Line = {
      sends: new Coalescer(async (items) => this.#present(queueId, await database.run(sendMessages, { queueId, nowMs: nowMs(), items }))),
      removals: new Coalescer(remover(removeMessages)),
      doneRemovals: new Coalescer(remover(removeDone)),
      receivers: new Receivers({
        nowMs,
        receive: async (ask) => this.#present<Delivery>(queueId, await database.run(receiveMessages, { ...ask, queueId })),
      }),
    };
    this.#lines.set(queueId, line);
    return line;
  }

  #present<R>(queueId: number, answer: R | NoQueue): R {
    if (answer !== NO_QUEUE) return answer;
    this.#lines.delete(queueId);
    throw new NoSuchQueue(queueId);
  }

  async #count(queueId: number): Promise<QueueCounts> {
    const nowMs = this.#database.nowMs();
    const counted = await this.#database.read(countMessages, { queueId, nowMs });
    if (counted === undefined) throw new NoSuchQueue(queueId);
    return { visible: counted.visible, inFlight: counted.in_flight, delayed: counted.delayed, asOfMs: nowMs };
  }

  async #outOfLine(item: Outgoing): Promise<Outgoing> {
    if (item.body.length <= INLINE_CHARACTERS_MAX) return item;
    const { key } = await this.#blobs.put(Buffer.from(item.body, "utf8"));
    return { ...item, body: "", blobKey: key };
  }

  async #whole({ blobKey, ...message }: Leased): Promise<Received> {
    if (blobKey === null) return message;
    const parts: Uint8Array[] = [];
    for await (const part of await this.#blobs.get(blobKey)) parts.push(part);
    return { ...message, body: Buffer.concat(parts).toString("utf8") };
  }
}
