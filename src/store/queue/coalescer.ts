// Merges what many callers ask at once into few calls: while some are under way, further items gather for the next one. That is where the
// throughput of a queue comes from, since a commit costs the same for one message as for hundreds.

import { StoreError } from "../database.ts";

/** Calls under way at once: the next one is on its way while the disk flushes the one before. */
const LANES = 2;
const ITEMS_MAX = 256;
const BYTES_MAX = 4 * 1024 * 1024;
/** Items that may wait at once; more are refused with "busy" before memory is. */
const WAITING_MAX = 100_000;

interface Waiting<I, O> {
  readonly items: readonly I[];
  readonly bytes: number;
  readonly resolve: (answers: readonly O[]) => void;
  readonly reject: (error: unknown) => void;
}

/** `perform` answers in the order of its items. */
export class Coalescer<I, O> {
  readonly #perform: (items: readonly I[]) => Promise<readonly O[]>;
  #waiting: Waiting<I, O>[] = [];
  #waitingItems = 0;
  #underWay = 0;
  #scheduled = false;

  constructor(perform: (items: readonly I[]) => Promise<readonly O[]>) {
    this.#perform = perform;
  }

  /** The items of one call stay together. `bytes` is about what they weigh. */
  call(items: readonly I[], bytes = 0): Promise<readonly O[]> {
    if (items.length === 0) return Promise.resolve([]);
    if (this.#waitingItems + items.length > WAITING_MAX) {
      return Promise.reject(new StoreError("busy", `${this.#waitingItems} messages already wait for the store`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, bytes, resolve, reject });
      this.#waitingItems += items.length;
      this.#schedule();
    });
  }

  /** With the next turn, so that everybody of this turn comes along. */
  #schedule(): void {
    if (this.#scheduled || this.#underWay >= LANES) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.#underWay < LANES && this.#waiting.length > 0) void this.#flush(this.#takeBatch());
    });
  }

  #takeBatch(): readonly Waiting<I, O>[] {
    let [count, items, bytes] = [0, 0, 0];
    for (const one of this.#waiting) {
      if (count > 0 && (items + one.items.length > ITEMS_MAX || bytes + one.bytes > BYTES_MAX)) break;
      count++;
      items += one.items.length;
      bytes += one.bytes;
    }
    this.#waitingItems -= items;
    return this.#waiting.splice(0, count);
  }

  async #flush(batch: readonly Waiting<I, O>[]): Promise<void> {
    this.#underWay++;
    try {
      await this.#settle(batch);
    } finally {
      this.#underWay--;
      if (this.#waiting.length > 0) this.#schedule();
    }
  }

  async #settle(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const answers = await this.#perform(batch.flatMap(({ items }) => items));
      let end = 0;
      for (const { items, resolve } of batch) {
        end += items.length;
        resolve(answers.slice(end - items.length, end));
      }
    } catch (error) {
      if (batch.length > 1 && isSomebodys(error)) for (const one of batch) await this.#settle([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}

/** Nothing was written, because of what one of the callers has sent: the others must not suffer for it. */
function isSomebodys(error: unknown): boolean {
  return error instanceof StoreError && (error.code === "constraint" || error.code === "bug");
}
