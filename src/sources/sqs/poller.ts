// Takes messages from a queue to a function. A mapping has lanes; each takes a batch, has it invoked, deletes what succeeded, and takes the next:
//
//   lane:  wait for messages ─▶ filter ─▶ invoke ─▶ delete ─┐        scaling.ts says how many lanes there are
//               ▲──────────────────────────────────────────┘
//
// Nothing is kept here that a crash could lose: messages are leased from the queue, and what was in flight comes again when its lease ends.
// With a batching window one lane at a time gathers, so that messages meet in one batch instead of being spread over the lanes.

import { compileFilters, type MappingFilter } from "../../patterns/mapping-filter.ts";
import type { SqsMessage } from "../../queues/message.ts";
import { numberOf } from "../../queues/queue-attributes.ts";
import type { SqsQueue } from "../../queues/sqs-queue.ts";
import { NoSuchQueue } from "../../store/queue/queue.ts";
import type { Mapping } from "../mapping.ts";
import { findSource } from "../mapping-source.ts";
import type { MappingMetric, Poller, SourceParts } from "../source.ts";
import { cut, type Taken } from "./batch.ts";
import { invokeBatch } from "./invoke-batch.ts";
import { recordOf } from "./record.ts";
import { GROWTH_MS, type Lanes, lanesAtFirst, mayAddLane, mustEnd } from "./scaling.ts";

/** AWS's pollers wait as long. */
const WAIT_MS = 20_000;
/** Messages that one receive brings at most: with bodies of 1 MiB each that is memory. */
const PORTION = 100;
const LOOK_AGAIN_MS = 5_000;
const AFTER_FAILURE_MS = 1_000;

type Round = "work" | "nothing" | "error";

export class SqsPoller implements Poller {
  readonly #parts: SourceParts;
  #mapping: Mapping;
  #filter: MappingFilter;
  readonly #lanes = new Set<Promise<void>>();
  #idle = 0;
  #throttled = 0;
  #growing: (() => void) | undefined;
  /** The end of the line of lanes that want to gather. */
  #gathering: Promise<unknown> = Promise.resolve();
  readonly #sleepers = new Set<() => void>();
  readonly #stop = new AbortController();
  /** Ends the waiting at the queue; another one follows, unless all stops. */
  #waiting = new AbortController();
  #hasWarned = false;

  constructor(mapping: Mapping, parts: SourceParts) {
    this.#parts = parts;
    this.#mapping = mapping;
    this.#filter = compileFilters(mapping.settings.filters, "body");
    this.#addLanes();
  }

  change(mapping: Mapping): void {
    this.#mapping = mapping;
    this.#filter = compileFilters(mapping.settings.filters, "body");
    this.#addLanes();
    this.lookAgain();
  }

  lookAgain(): void {
    for (const wake of [...this.#sleepers]) wake();
  }

  askAgain(): void {
    this.#waiting.abort();
    this.#waiting = new AbortController();
    this.lookAgain();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#waiting.abort();
    this.#growing?.();
    this.lookAgain();
    await Promise.all(this.#lanes);
  }

  get #isStopped(): boolean {
    return this.#stop.signal.aborted;
  }

  get #state(): Lanes {
    const { concurrencyMax } = this.#mapping.settings;
    return { count: this.#lanes.size, idle: this.#idle, throttled: this.#throttled, concurrencyMax };
  }

  #addLanes(): void {
    while (this.#lanes.size < lanesAtFirst(this.#mapping.settings)) this.#addLane();
  }

  #addLane(): void {
    const lane = this.#work().finally(() => this.#lanes.delete(lane));
    this.#lanes.add(lane);
  }

  async #work(): Promise<void> {
    let last: Round = "work";
    while (!this.#isStopped && !mustEnd(this.#state, last)) last = await this.#round();
  }

  async #round(): Promise<Round> {
    try {
      const queue = await this.#source();
      if (queue === undefined) {
        await this.#sleep(LOOK_AGAIN_MS);
        return "work";
      }
      return await this.#workThrough(queue, await this.#gather(queue));
    } catch (error) {
      await this.#failed(error);
      return "work";
    }
  }

  /** undefined: something keeps it from receiving. Messages wait, and are not counted as received. */
  async #source(): Promise<SqsQueue | undefined> {
    const found = await findSource(this.#mapping, this.#parts);
    if ("queue" in found) return found.queue;
    const { functionName, sourceArn } = this.#mapping;
    this.#warnOnce(`The event source mapping of ${functionName} with ${sourceArn} waits: ${found.problem}`);
    return undefined;
  }

  async #failed(error: unknown): Promise<void> {
    if (this.#isStopped) return;
    if (error instanceof NoSuchQueue) return this.#parts.queues.forget();
    this.#warnOnce(`The event source mapping of ${this.#mapping.functionName} with ${this.#mapping.sourceArn} is held up`, error);
    await this.#sleep(AFTER_FAILURE_MS);
  }

  #warnOnce(sentence: string, cause?: unknown): void {
    if (!this.#hasWarned) this.#parts.warn(sentence, cause);
    this.#hasWarned = true;
  }

  async #gather(queue: SqsQueue): Promise<readonly Taken[]> {
    if (this.#mapping.settings.windowS === 0) return this.#sift(queue, await this.#firstMessages(queue));
    this.#idle++;
    const turn = this.#gathering.then(() => {
      this.#idle--;
      return this.#isStopped ? [] : this.#gatherForWindow(queue);
    });
    this.#gathering = turn.catch(() => {}); // whoever gathers hears of it; the next one's turn comes all the same
    return turn;
  }

  async #gatherForWindow(queue: SqsQueue): Promise<readonly Taken[]> {
    const first = await this.#firstMessages(queue);
    const { windowS, batchSize } = this.#mapping.settings;
    const endsMs = performance.now() + windowS * 1_000;
    let taken = await this.#sift(queue, first);
    while (first.length > 0 && !this.#isStopped && !cut(taken, batchSize).isFull) {
      const leftMs = endsMs - performance.now();
      if (leftMs <= 0) break;
      const more = await this.#receive(queue, batchSize - taken.length, leftMs);
      taken = [...taken, ...(await this.#sift(queue, more))];
    }
    return taken;
  }

  async #firstMessages(queue: SqsQueue): Promise<readonly SqsMessage[]> {
    this.#idle++;
    const messages = await this.#receive(queue, this.#mapping.settings.batchSize, WAIT_MS).finally(() => this.#idle--);
    if (messages.length > 0) this.#grow();
    return messages;
  }

  async #receive(queue: SqsQueue, max: number, waitMs: number): Promise<readonly SqsMessage[]> {
    const { signal } = this.#waiting;
    try {
      const received = await this.#parts.queues.receive(queue, { max: Math.min(max, PORTION), waitMs, signal });
      this.#hasWarned = false;
      if (received !== "over-limit") return received;
      await this.#sleep(AFTER_FAILURE_MS);
      return [];
    } catch (error) {
      if (signal.aborted) return [];
      throw error;
    }
  }

  /** Messages that no filter wants are deleted. */
  async #sift(queue: SqsQueue, messages: readonly SqsMessage[]): Promise<readonly Taken[]> {
    if (messages.length === 0) return [];
    this.#count("PolledEventCount", messages.length);
    const leaseEndsMs = performance.now() + numberOf(queue, "VisibilityTimeout") * 1_000;
    const wanted: Taken[] = [];
    const unwanted: SqsMessage[] = [];
    for (const message of messages) {
      const record = recordOf(message, queue);
      if (!this.#filter.matches(record)) unwanted.push(message);
      else {
        const text = JSON.stringify(record);
        wanted.push({ message, text, bytes: Buffer.byteLength(text), leaseEndsMs });
      }
    }
    this.#count("FilteredOutEventCount", unwanted.length);
    await this.#remove(queue, unwanted);
    return wanted;
  }

  /** More than fits into one event goes on in a second one, by the same lane. */
  async #workThrough(queue: SqsQueue, all: readonly Taken[]): Promise<Round> {
    let round: Round = "nothing";
    for (let taken = all; taken.length > 0; ) {
      const { batch, rest } = cut(taken, this.#mapping.settings.batchSize);
      round = await this.#handle(queue, batch);
      taken = await this.#renewed(queue, rest);
    }
    return round;
  }

  async #handle(queue: SqsQueue, batch: readonly Taken[]): Promise<Round> {
    const mapping = this.#mapping;
    this.#count("InvokedEventCount", batch.length);
    const failures = await invokeBatch({ mapping, batch, parts: this.#parts, pause: (ms) => this.#throttle(ms) });
    const messages = batch.map(({ message }) => message);
    const done = failures === "all" ? [] : messages.filter(({ messageId }) => !failures.has(messageId));
    this.#count("FailedInvokeEventCount", batch.length - done.length);
    await this.#remove(queue, done);
    this.#count("DeletedEventCount", done.length);
    return failures === "all" && !mapping.settings.reportsItemFailures ? "error" : "work";
  }

  async #remove(queue: SqsQueue, messages: readonly SqsMessage[]): Promise<void> {
    if (messages.length === 0) return;
    const receipts = messages.map(({ receipt }) => receipt);
    await this.#parts.queues.removeDone(queue, receipts);
  }

  /** Those whose lease could be begun anew: others are somebody else's by now. */
  async #renewed(queue: SqsQueue, taken: readonly Taken[]): Promise<readonly Taken[]> {
    if (taken.length === 0) return [];
    const visibilityMs = numberOf(queue, "VisibilityTimeout") * 1_000;
    const leaseEndsMs = performance.now() + visibilityMs;
    const changes = taken.map(({ message: { receipt } }) => ({ ...receipt, visibilityMs: this.#isStopped ? 0 : visibilityMs }));
    const isOurs = await this.#parts.queues.changeVisibility(queue, changes);
    if (this.#isStopped) return [];
    return taken.filter((_, at) => isOurs[at]).map((one) => ({ ...one, leaseEndsMs }));
  }

  /** False: the poller has been stopped. */
  async #throttle(ms: number): Promise<boolean> {
    this.#throttled++;
    const endsMs = performance.now() + ms;
    for (let leftMs = ms; leftMs > 0 && !this.#isStopped; leftMs = endsMs - performance.now()) await this.#sleep(leftMs);
    this.#throttled--;
    return !this.#isStopped;
  }

  /** Ends early when something has changed. */
  #sleep(ms: number): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        this.#sleepers.delete(wake);
        resolve();
      };
      const cancel = clock.at(clock.nowMs() + ms, wake);
      this.#sleepers.add(wake);
    });
  }

  /** While no lane is idle, messages may be waiting: one more lane at a time, as fast as AWS allows. */
  #grow(): void {
    if (this.#growing !== undefined || this.#isStopped || this.#idle > 0) return;
    const { clock } = this.#parts;
    this.#growing = clock.at(clock.nowMs() + GROWTH_MS, () => {
      this.#growing = undefined;
      if (this.#isStopped || this.#idle > 0) return;
      if (mayAddLane(this.#state)) this.#addLane();
      this.#grow();
    });
  }

  #count(metric: MappingMetric, events: number): void {
    if (events > 0) this.#parts.count(this.#mapping, metric, events);
  }
}
