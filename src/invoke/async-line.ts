// The asynchronous invocations of one function: taken from its queue as many at a time as may run, and put back or removed afterwards.
// A line of its own for each function: a slow one delays nobody else.

import type { FunctionCatalogue } from "../functions/catalogue.ts";
import { type FunctionRecord, LATEST } from "../functions/function-record.ts";
import { functionArn, qualifiedArn } from "../functions/name.ts";
import type { FunctionVersion } from "../functions/version.ts";
import type { Clock } from "../lib/clock.ts";
import { ServiceError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import type { Database } from "../store/database.ts";
import { NoSuchQueue, type Queues, type Received } from "../store/queue/queue.ts";
import { putBackEvent } from "./async.procs.ts";
import { type AsyncEvent, type Delivery, type End, readEvent } from "./async-event.ts";
import { deliveriesOf } from "./ending.ts";
import type { InvocationResult } from "./invocation.ts";
import type { Invoker } from "./invoker.ts";
import type { Recursion } from "./recursion.ts";
import { backoffMs, decideRetry, type RetryPolicy } from "./retry.ts";

export const LEASE_MS = 15_000;
const AT_ONCE_MAX = 50;
const AGE_MAX_S = 21_600;
const RETRIES_MAX = 2;
/** How long a destination may refuse a record. */
const DELIVERY_MS = 3_600_000;

interface Place {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export type AsyncMetric =
  | "AsyncEventsReceived"
  | "AsyncEventAge"
  | "AsyncEventsDropped"
  | "DestinationDeliveryFailures"
  | "DeadLetterErrors";

export interface AsyncMeasures {
  value(of: Place, metric: AsyncMetric, value: number): void;
  /** Before each attempt: a large event is billed as several requests. */
  attempt(version: FunctionVersion, invokedArn: string, payloadBytes: number): void;
}

export interface AsyncParts {
  readonly database: Database;
  readonly queues: Queues;
  readonly catalogue: Pick<FunctionCatalogue, "find" | "resolve">;
  readonly invoker: Pick<Invoker, "invoke">;
  readonly recursion: Pick<Recursion, "stops">;
  readonly clock: Clock;
  readonly random: Random;
  /** "gone": there is no such destination any more, the record is dropped. Rejects where a later try may succeed. */
  readonly deliver: (
    delivery: Delivery,
    sending: { readonly from: Place; readonly trace: string | undefined },
  ) => Promise<"delivered" | "gone">;
  /** A wake-up of whoever waits for this queue. */
  readonly onWake: (queueId: number, wake: () => void) => () => void;
  readonly warn: (sentence: string, cause?: unknown) => void;
  /** Absent: nobody measures. */
  readonly measure?: AsyncMeasures;
  readonly pausesMs: readonly number[];
  /** False: events are only accepted here, other nodes take them. */
  readonly isPoller: boolean;
  /** Nodes that take from the same queues, this one included. Absent: 1. */
  readonly pollers?: () => number;
}

export class AsyncLine {
  readonly queueId: number;
  readonly #function: Place;
  readonly #parts: AsyncParts;
  readonly #running = new Map<Received, Promise<void>>();
  readonly #stopListening: () => void;
  readonly #timers = new Set<() => void>();
  readonly #gone: () => void;
  #isWoken = false;
  #isLooking = false;
  #isClosed = false;

  /** `gone`: the queue is no more, and the line with it. */
  constructor(queueId: number, place: Place, parts: AsyncParts, gone: () => void) {
    this.queueId = queueId;
    this.#function = place;
    this.#parts = parts;
    this.#gone = gone;
    this.#stopListening = parts.onWake(queueId, () => this.wake());
  }

  wake(): void {
    this.#isWoken = true;
    if (this.#parts.isPoller && !this.#isLooking && !this.#isClosed) void this.#look();
  }

  /** Keeps the leases of what runs. */
  async extend(): Promise<void> {
    const changes = [...this.#running.keys()].map(({ id, receiveCount }) => ({ id, receiveCount, visibilityMs: LEASE_MS }));
    if (changes.length > 0) await this.#parts.queues.changeVisibility(this.queueId, changes);
  }

  /** Takes no more; resolves when what runs has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    for (const cancel of this.#timers) cancel();
    await Promise.all(this.#running.values());
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    try {
      while (this.#isWoken && !this.#isClosed && this.#free() > 0) {
        this.#isWoken = false;
        const messages = await this.#parts.queues.receive(this.queueId, { max: this.#free(), visibilityMs: LEASE_MS });
        if (messages.length > 0) this.#isWoken = true; // there may be more
        for (const message of messages) this.#start(message);
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isLooking = false;
    }
  }

  #failed(error: unknown): void {
    if (error instanceof NoSuchQueue) this.#gone();
    else if (!this.#isClosed) {
      this.#parts.warn(`Asynchronous invocations of ${this.#function.name} wait for the store`, error);
      this.#wakeIn(backoffMs(1));
    }
  }

  /** More than are reserved would only be throttled; each node takes its part of them. */
  #free(): number {
    const reserved = this.#parts.catalogue.find(this.#function)?.concurrency.reserved || AT_ONCE_MAX;
    const part = Math.ceil(reserved / Math.max(1, this.#parts.pollers?.() ?? 1));
    return Math.min(part, AT_ONCE_MAX) - this.#running.size;
  }

  #start(message: Received): void {
    const work = this.#handle(message)
      .catch((error: unknown) => this.#failed(error)) // its lease ends, and it comes again
      .finally(() => {
        this.#running.delete(message);
        this.wake();
      });
    this.#running.set(message, work);
  }

  async #handle(message: Received): Promise<void> {
    const event = readEvent(message.attributes);
    if (event.deliveries !== undefined) return this.#deliver(message, event, event.deliveries);
    const record = this.#parts.catalogue.find(this.#function);
    const policy = this.#policyOf(record, event);
    if (record?.concurrency.reserved === 0) return this.#end(message, event, "ZeroReservedConcurrency");
    if (this.#ageOf(event) > policy.ageMaxMs) return this.#end(message, event, "EventAgeExceeded");
    // AWS: sends it where failures go; which condition it names is not documented.
    if (this.#parts.recursion.stops(this.#function, functionArn(this.#function), event.traceHeader))
      return this.#end(message, event, "RetriesExhausted");
    const result = await this.#attempt(message, event);
    if (result !== undefined && result.functionError === undefined) return this.#end(message, event, "Success", result);
    const outcome = result === undefined ? "setback" : "function-error";
    const tried = { ...event, ...(result === undefined ? { setbacks: event.setbacks + 1 } : { failures: event.failures + 1 }) };
    const decision = decideRetry({ ...tried, outcome, ageMs: this.#ageOf(event) }, policy);
    if (decision.kind === "end") await this.#end(message, tried, decision.condition, result);
    else await this.#putBack(message, tried, decision.delayMs);
  }

  /** undefined: throttled, or the platform failed. */
  async #attempt(message: Received, event: AsyncEvent): Promise<InvocationResult | undefined> {
    const { requestId, qualifier, clientContext, traceHeader } = event;
    const { catalogue, invoker, random } = this.#parts;
    try {
      const { version, invokedArn } = catalogue.resolve(this.#function, qualifier, random.unit());
      const payload = Buffer.from(message.body, "utf8");
      this.#measure("AsyncEventAge", this.#ageOf(event));
      this.#parts.measure?.attempt(version, invokedArn, payload.length);
      return await invoker.invoke({
        requestId,
        version,
        invokedArn,
        payload,
        tail: false,
        ...(clientContext === undefined ? {} : { clientContext }),
        ...(traceHeader === undefined ? {} : { traceHeader }),
      });
    } catch (error) {
      // A ServiceError is expected here: throttled, say. Its caller has gone; only the event's age limits how often it is tried.
      if (!(error instanceof ServiceError)) this.#parts.warn(`An asynchronous invocation of ${this.#function.name} failed`, error);
      return undefined;
    }
  }

  async #end(message: Received, event: AsyncEvent, condition: End["condition"], result?: InvocationResult): Promise<void> {
    if (condition !== "Success") this.#measure("AsyncEventsDropped", 1);
    const functionArn = qualifiedArn(this.#function, event.qualifier ?? LATEST);
    const invokeCount = event.failures + (condition === "Success" ? 1 : 0);
    const end = { condition, functionArn, invokeCount, nowMs: this.#parts.clock.nowMs(), result };
    const deliveries = deliveriesOf(this.#parts.catalogue.find(this.#function), event, message.body, end);
    await this.#deliver(message, { ...event, setbacks: 0 }, deliveries);
  }

  /** Removed when all have taken it: killed in between, one is told twice rather than never. */
  async #deliver(message: Received, event: AsyncEvent, deliveries: readonly Delivery[]): Promise<void> {
    const failed: Delivery[] = [];
    for (const delivery of deliveries) if (!(await this.#isDelivered(delivery, event))) failed.push(delivery);
    const setbacks = event.setbacks + 1;
    if (failed.length > 0 && this.#ageOf(event) < AGE_MAX_S * 1_000 + DELIVERY_MS)
      return this.#putBack(message, { ...event, deliveries: failed, setbacks }, backoffMs(setbacks));
    for (const delivery of failed) this.#measure(lossOf(delivery), 1);
    await this.#remove(message);
  }

  /** Also true where it never can be. */
  async #isDelivered(delivery: Delivery, { traceHeader: trace }: AsyncEvent): Promise<boolean> {
    const { deliver, warn } = this.#parts;
    try {
      const outcome = await deliver(delivery, { from: this.#function, trace });
      if (outcome === "gone") {
        this.#measure(lossOf(delivery), 1);
        warn(`The destination ${delivery.destination} of ${this.#function.name} could not take a record`);
      }
      return true;
    } catch (error) {
      warn(`The destination ${delivery.destination} of ${this.#function.name} failed`, error);
      return false;
    }
  }

  async #remove({ id, receiveCount }: Received): Promise<void> {
    await this.#parts.queues.removeDone(this.queueId, [{ id, receiveCount }]);
  }

  async #putBack({ id, receiveCount }: Received, event: AsyncEvent, delayMs: number): Promise<void> {
    const { database } = this.#parts;
    const visibleAtMs = database.nowMs() + delayMs;
    await database.run(putBackEvent, { queueId: this.queueId, id, receiveCount, visibleAtMs, attributes: JSON.stringify(event) });
    this.#wakeIn(delayMs);
  }

  #measure(metric: AsyncMetric, value: number): void {
    this.#parts.measure?.value(this.#function, metric, value);
  }

  #wakeIn(delayMs: number): void {
    const { clock } = this.#parts;
    const cancel = clock.at(clock.nowMs() + delayMs, () => {
      this.#timers.delete(cancel);
      this.wake();
    });
    this.#timers.add(cancel);
  }

  #ageOf(event: AsyncEvent): number {
    return this.#parts.database.nowMs() - event.acceptedMs; // the machine's clock may be set, and would end all that wait
  }

  #policyOf(record: FunctionRecord | undefined, event: AsyncEvent): RetryPolicy {
    const config = record?.eventInvokes.get(event.qualifier ?? LATEST);
    return {
      retriesMax: config?.retriesMax ?? RETRIES_MAX,
      ageMaxMs: 1_000 * (config?.ageMaxS ?? AGE_MAX_S),
      pausesMs: this.#parts.pausesMs,
    };
  }
}

/** The metric of a record that is lost: a dead letter has attributes. */
function lossOf({ attributes }: Delivery) {
  return attributes === undefined ? "DestinationDeliveryFailures" : "DeadLetterErrors";
}
