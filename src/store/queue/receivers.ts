// Those who wait for messages of one queue. All of them are served by one statement at a time: at once, when the queue is woken, and at
// least once a second, since a wake-up may be lost and a delayed message has none.

import type { Receipt, ReceiveOptions } from "./queue.ts";
import type { Leased } from "./queue-row.ts";
import type { Delivery, Receive } from "./receive.procs.ts";

/** Callers served by one statement, and messages in all that it leases. */
const CALLERS_MAX = 64;
const MESSAGES_MAX = 500;
const LOOK_AGAIN_MS = 1_000;
/** How far clocks of nodes may differ, and commits take, before a message is found only by the look without a lower bound. */
const LOW_WATER_SLACK_MS = 1_000;

interface Receiver {
  readonly max: number;
  readonly visibilityMs: number | undefined;
  /** On performance.now(), as all times of waiting here: a clock that is set makes nobody wait for longer. */
  readonly endsMs: number;
  /** Nobody is sent away before somebody has looked for them. */
  isAsked: boolean;
  /** A statement is under way that may lease messages to them: who leaves now would take those along. */
  isServed: boolean;
  /** Removed by the first look. */
  done: readonly Receipt[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: (messages: readonly Leased[]) => void;
  readonly reject: (error: unknown) => void;
}

export interface ReceiversOptions {
  readonly nowMs: () => number;
  readonly receive: (ask: Pick<Receive, "asks" | "visibilityMs" | "sinceMs" | "nowMs" | "done" | "wantsNext">) => Promise<Delivery>;
}

export class Receivers {
  readonly #options: ReceiversOptions;
  #waiting: Receiver[] = [];
  /** Something may be there that the last look has not seen. */
  #isWoken = false;
  #isLooking = false;
  #timer: NodeJS.Timeout | undefined;
  #lowWaterMs = 0;
  #boundlessAtMs = Number.NEGATIVE_INFINITY;
  /** When a delay or a lease ends: nobody wakes anybody then. */
  #nextDueMs = Number.POSITIVE_INFINITY;

  constructor(options: ReceiversOptions) {
    this.#options = options;
  }

  /** Who leaves while messages are being leased to them gets those first: nobody else would until the lease ends. */
  receive({ max, visibilityMs, waitMs = 0, done = [], signal }: ReceiveOptions): Promise<readonly Leased[]> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = () => {
        if (!receiver.isServed) this.#dismiss(receiver);
      };
      const receiver: Receiver = {
        max,
        visibilityMs,
        done,
        signal,
        isAsked: false,
        isServed: false,
        endsMs: performance.now() + waitMs,
        resolve(messages) {
          signal?.removeEventListener("abort", leave);
          resolve(messages);
        },
        reject(error) {
          signal?.removeEventListener("abort", leave);
          reject(error);
        },
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#waiting.push(receiver);
      this.wake();
    });
  }

  wake(): void {
    this.#isWoken = true;
    if (this.#waiting.length === 0 || this.#isLooking) return;
    this.#isLooking = true;
    setImmediate(() => void this.#look());
  }

  /** Everybody is answered with what there is: nothing. */
  close(): void {
    clearTimeout(this.#timer);
    for (const { resolve } of this.#waiting.splice(0)) resolve([]);
  }

  async #look(): Promise<void> {
    try {
      while (this.#isWoken && this.#waiting.length > 0) await this.#askForAll();
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    } finally {
      this.#isLooking = false;
    }
    this.#endOverdue();
    this.#setTimer();
    if (this.#isWoken) this.wake();
  }

  /** Everybody once, in as few statements as fit. Where one has seen all that is due the next one would meet nothing. */
  async #askForAll(): Promise<void> {
    this.#isWoken = false;
    let left: readonly Receiver[] = [...this.#waiting];
    while (left.length > 0) {
      const asked = callersOf(left);
      const mayBeMore = await this.#serve(asked);
      left = left.filter((one) => !asked.includes(one) && this.#waiting.includes(one));
      if (mayBeMore) this.#isWoken = true;
      else left = left.filter(({ done }) => done.length > 0);
    }
    this.#endOverdue();
  }

  async #serve(asked: readonly Receiver[]): Promise<boolean> {
    const nowMs = this.#options.nowMs();
    const sinceMs = this.#sinceMs();
    const asks = asked.map(({ max }) => max);
    const done = asked.flatMap((receiver) => receiver.done);
    for (const receiver of asked) receiver.isAsked = receiver.isServed = true;
    const wantsNext = this.#waiting.some(({ endsMs }) => endsMs > performance.now());
    const ask = { nowMs, asks, visibilityMs: asked[0]?.visibilityMs, sinceMs, done, wantsNext };
    const { lists, earliestMs, mayBeMore, nextMs } = await this.#options.receive(ask);
    this.#nextDueMs = performance.now() + (nextMs ?? Number.POSITIVE_INFINITY) - this.#options.nowMs();
    for (const receiver of asked) Object.assign(receiver, { done: [], isServed: false });
    if (earliestMs !== undefined) this.#lowWaterMs = earliestMs - LOW_WATER_SLACK_MS;
    for (const [index, receiver] of asked.entries()) {
      const messages = lists[index] ?? [];
      if (messages.length === 0) {
        if (receiver.signal?.aborted) this.#dismiss(receiver);
        continue;
      }
      this.#forget(receiver);
      receiver.resolve(messages);
    }
    return mayBeMore;
  }

  /** Rows that are deleted but not vacuumed yet lie before the low-water mark: without it every look would pass over them again. */
  #sinceMs(): number {
    const nowMs = performance.now();
    if (nowMs - this.#boundlessAtMs < LOOK_AGAIN_MS) return this.#lowWaterMs;
    this.#boundlessAtMs = nowMs;
    return 0;
  }

  #endOverdue(): void {
    const nowMs = performance.now();
    for (const receiver of this.#waiting.filter(({ endsMs, isAsked }) => isAsked && endsMs <= nowMs)) {
      this.#forget(receiver);
      receiver.resolve([]);
    }
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    if (this.#waiting.length === 0) return;
    const nowMs = performance.now();
    const firstMs = Math.min(LOOK_AGAIN_MS, this.#nextDueMs - nowMs);
    const nextMs = this.#waiting.reduce((soonest, { endsMs }) => Math.min(soonest, endsMs - nowMs), firstMs);
    this.#timer = setTimeout(() => this.wake(), Math.max(nextMs, 1));
  }

  #dismiss(receiver: Receiver): void {
    this.#forget(receiver);
    receiver.reject(receiver.signal?.reason);
  }

  #forget(receiver: Receiver): void {
    const at = this.#waiting.indexOf(receiver);
    if (at >= 0) this.#waiting.splice(at, 1);
  }
}

/** Messages are leased for one time each, so only callers who want the same are served together. */
function callersOf(waiting: readonly Receiver[]): readonly Receiver[] {
  const visibilityMs = waiting[0]?.visibilityMs;
  let messages = 0;
  const fitting = waiting.filter((one) => one.visibilityMs === visibilityMs).slice(0, CALLERS_MAX);
  return fitting.filter(({ max }, index) => {
    messages += max;
    return index === 0 || messages <= MESSAGES_MAX;
  });
}
