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
/** What one receive brings at most: messages, and about as many bytes, a little more than goes into an event. */
const PORTION = 100;
const PORTION_BYTES = 8 * 1024 * 1024;
/** As long as none has come. */
const MESSAGE_BYTES_AT_FIRST = 64 * 1024;
const LOOK_AGAIN_MS = 5_000;
const AFTER_FAILURE_MS = 1_000;

type Round = "work" | "nothing" | "error";

/** What a lane has taken in this round. */
interface Hand {
  /** Ends its waiting. */
  readonly signal: AbortSignal;
  /** Held for it, as long as nothing has come about as much as will. */
  bytes: number;
  taken?: number;
}

interface Asked {
  readonly max: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

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
  /** Of the messages of late. */
  #messageBytes = MESSAGE_BYTES_AT_FIRST;

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
    const { signal } = this.#waiting; // before it asks: what changes from now on ends the waiting
    const hand: Hand = { signal, bytes: 0 };
    try {
      const queue = await this.#source();
      if (queue === undefined) {
        await this.#sleep(LOOK_AGAIN_MS);
        return "work";
      }
      hand.bytes = await this.#room(signal);
      const taken = await this.#gather(queue, hand);
      if (signal.aborted && (await this.#source()) === undefined) return await this.#giveBack(queue, taken);
      return await this.#workThrough(queue, taken);
    } catch (error) {
      await this.#failed(error);
      return "work";
    } finally {
      this.#parts.held.release(hand.bytes);
    }
  }

  /** While others have so much in hand that nobody may take more, no lane is added. */
  async #room(signal: AbortSignal): Promise<number> {
    this.#throttled++;
    const bytes = Math.ceil(this.#portion(this.#mapping.settings.batchSize) * this.#messageBytes);
    return this.#parts.held.room(bytes, signal).finally(() => this.#throttled--);
  }

  #portion(max: number): number {
    return Math.max(1, Math.min(max, PORTION, Math.floor(PORTION_BYTES / this.#messageBytes)));
  }

  /** Taken while the function, or its permission, went. */
  async #giveBack(queue: SqsQueue, taken: readonly Taken[]): Promise<Round> {
    const receipts = taken.map(({ message: { receipt } }) => receipt);
    if (receipts.length > 0) await this.#parts.queues.giveBack(queue, receipts);
    return "work";
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

  async #gather(queue: SqsQueue, hand: Hand): Promise<readonly Taken[]> {
    if (this.#mapping.settings.windowS === 0) return this.#sift(queue, await this.#firstMessages(queue, hand), hand);
    this.#idle++;
    const turn = this.#gathering.then(() => {
      this.#idle--;
      return hand.signal.aborted ? [] : this.#gatherForWindow(queue, hand);
    });
    this.#gathering = turn.catch(() => {}); // whoever gathers hears of it; the next one's turn comes all the same
    return turn;
  }

  async #gatherForWindow(queue: SqsQueue, hand: Hand): Promise<readonly Taken[]> {
    const first = await this.#firstMessages(queue, hand);
    const { windowS, batchSize } = this.#mapping.settings;
    const endsMs = performance.now() + windowS * 1_000;
    let taken = await this.#sift(queue, first, hand);
    while (first.length > 0 && !hand.signal.aborted && !cut(taken, batchSize).isFull) {
      const leftMs = endsMs - performance.now();
      if (leftMs <= 0) break;
      const more = await this.#receive(queue, { max: batchSize - taken.length, waitMs: leftMs, signal: hand.signal });
      taken = [...taken, ...(await this.#sift(queue, more, hand))];
    }
    return taken;
  }

  async #firstMessages(queue: SqsQueue, hand: Hand): Promise<readonly SqsMessage[]> {
    this.#idle++;
    const messages = await this.#firstOrNone(queue, hand).finally(() => this.#idle--);
    if (messages.length > 0) this.#grow();
    return messages;
  }

  /** Who only waits must not keep others from what is held for him. */
  async #firstOrNone(queue: SqsQueue, hand: Hand): Promise<readonly SqsMessage[]> {
    const asked = { max: this.#mapping.settings.batchSize, waitMs: WAIT_MS, signal: hand.signal };
    if (hand.bytes > 0) {
      const messages = await this.#receive(queue, { ...asked, waitMs: 0 });
      if (messages.length > 0) return messages;
      this.#parts.held.release(hand.bytes);
      hand.bytes = 0;
    }
    return this.#receive(queue, asked);
  }

  async #receive(queue: SqsQueue, { max, waitMs, signal }: Asked): Promise<readonly SqsMessage[]> {
    try {
      const received = await this.#parts.queues.receive(queue, { max: this.#portion(max), waitMs, signal });
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
  async #sift(queue: SqsQueue, messages: readonly SqsMessage[], hand: Hand): Promise<readonly Taken[]> {
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
    this.#note(messages, wanted, hand);
    this.#count("FilteredOutEventCount", unwanted.length);
    await this.#remove(queue, unwanted);
    return wanted;
  }

  #note(messages: readonly SqsMessage[], wanted: readonly Taken[], hand: Hand): void {
    const { held } = this.#parts;
    const bytes = wanted.reduce((sum, taken) => sum + taken.bytes, 0);
    held.hold(bytes);
    held.release(hand.taken === undefined ? hand.bytes : 0); // what was reserved
    hand.taken = (hand.taken ?? 0) + bytes;
    hand.bytes = hand.taken;
    const mean = messages.reduce((sum, { body }) => sum + body.length, 0) / messages.length;
    this.#messageBytes = Math.max(1_024, (this.#messageBytes + mean) / 2);
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
