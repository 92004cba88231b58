// The simulated world: events in the order of their time, chance from one seed, and a trace of what has happened last. Nothing moves by itself:
// each event is called, whatever it set going runs until it waits, and then the next one's time is now.

import type { Clock } from "../../src/lib/clock.ts";

const TRACE_LINES = 200;

/** A process that lives, may be stopped for a while, and dies: its timers and what it hears follow it. */
export interface Process {
  readonly name: string;
  isDead: boolean;
  stoppedUntilMs: number;
}

interface Event {
  readonly dueMs: number;
  readonly order: number;
  readonly call: () => void;
  readonly process: Process | undefined;
  isCancelled: boolean;
}

/** The sequence of a seed: mulberry32. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A uniform number in [0, 1). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(min: number, max: number): number {
    return min + this.unit() * (max - min);
  }

  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  happens(probability: number): boolean {
    return this.unit() < probability;
  }

  oneOf<T>(all: readonly T[]): T {
    return all[this.below(all.length)]!;
  }

  /** Between two events of so many a second. */
  gapMs(perSecond: number): number {
    return (-Math.log(1 - this.unit()) / perSecond) * 1_000;
  }
}

/** Something that must never be was: the run ends. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly rule: string;

  constructor(rule: string, sentence: string) {
    super(`${rule}: ${sentence}`);
    this.rule = rule;
  }
}

export class World {
  readonly chance: Chance;
  nowMs = 0;
  events = 0;
  #last = 0;
  readonly #due: Event[] = []; // a heap: the first is the next
  readonly #trace: string[] = [];
  #lastSentence = "";
  #times = 0;
  #violation: unknown;

  constructor(seed: number) {
    this.chance = new Chance(seed);
  }

  /** Not before now; `process` dead: never; stopped: when it goes on. The returned function cancels. */
  at(dueMs: number, call: () => void, process?: Process): () => void {
    const event: Event = { dueMs: Math.max(dueMs, this.nowMs), order: this.#last++, call, process, isCancelled: false };
    this.#push(event);
    return () => {
      event.isCancelled = true;
    };
  }

  after(ms: number, call: () => void, process?: Process): () => void {
    return this.at(this.nowMs + ms, call, process);
  }

  /** Now, unless the process is stopped or dead. */
  tell(call: () => void, process?: Process): void {
    if (process !== undefined && (process.isDead || process.stoppedUntilMs > this.nowMs)) this.after(0, call, process);
    else call();
  }

  /** A clock of passing time, as a process has it: since some moment, and as fast as its crystal. */
  clockOf(process: Process, { rate, offsetMs }: { readonly rate: number; readonly offsetMs: number }): Clock {
    return {
      nowMs: () => this.nowMs * rate + offsetMs,
      at: (dueMs, call) => this.at((dueMs - offsetMs) / rate, call, process),
    };
  }

  note(sentence: string): void {
    if (sentence === this.#lastSentence) this.#trace.pop();
    this.#times = sentence === this.#lastSentence ? this.#times + 1 : 1;
    this.#lastSentence = sentence;
    this.#trace.push(`${this.nowMs.toFixed(1).padStart(9)} ms  ${sentence}${this.#times > 1 ? ` (${this.#times} times)` : ""}`);
    if (this.#trace.length > TRACE_LINES) this.#trace.shift();
  }

  /** What happened last, oldest first. */
  get trace(): readonly string[] {
    return this.#trace;
  }

  /** Ends the run: what was found is thrown by `runUntil`. The first one counts. */
  fail(violation: unknown): void {
    this.#violation ??= violation;
  }

  async runUntil(endMs: number): Promise<void> {
    await settled();
    for (;;) {
      const event = this.#due[0];
      if (event === undefined || event.dueMs > endMs) break;
      this.#pop();
      this.#happen(event);
      await settled();
      if (this.#violation !== undefined) throw this.#violation;
    }
    this.nowMs = endMs;
  }

  #happen({ dueMs, call, process, isCancelled }: Event): void {
    if (isCancelled || process?.isDead) return;
    this.nowMs = dueMs;
    if (process !== undefined && process.stoppedUntilMs > dueMs) {
      this.at(process.stoppedUntilMs, call, process);
      return;
    }
    this.events++;
    call();
  }

  #push(event: Event): void {
    const heap = this.#due;
    let at = heap.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#due;
    const moved = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, moved)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = moved;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

/** Everything that follows from an event has happened: promises are settled before Node comes to what was set for immediately after. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
