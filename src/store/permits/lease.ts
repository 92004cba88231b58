// What one node knows about its permits of one key: how many it holds, how many are in use, who waits. No SQL here: it decides, leased-permits.ts
// performs.
//
//   inUse ≤ held, except after a lease has ended under running work: then nothing starts until enough of it is over.

import type { Permit } from "./permits.ts";

/** A node that has said it wants permits is reckoned with for this long. */
const WANTED_MS = 1_000;

export interface Waiter {
  readonly resolve: (permit: Permit | undefined) => void;
  readonly reject: (error: unknown) => void;
  /** The database has said that none is free: it waits for a hand-over. */
  isRefused?: boolean;
}

export class Lease {
  readonly key: string;
  readonly waiting: Waiter[] = [];
  held = 0;
  inUse = 0;
  limit = 0;
  /** So many more are held by all nodes together than there are, since the limit was lowered: what is not in use goes back. */
  excess = 0;
  /** By the clock of passing time: nothing starts on this lease afterwards. */
  validUntilMs = 0;
  /** The last answer "none is free" counts until then. */
  refusedUntilMs = 0;
  usedAtMs = 0;
  readonly #wanting = new Map<string, number>();

  constructor(key: string) {
    this.key = key;
  }

  /** True when one more may start now; it counts as in use then. */
  take(nowMs: number): boolean {
    if (nowMs >= this.validUntilMs || this.inUse >= this.held) return false;
    this.inUse++;
    this.usedAtMs = nowMs;
    return true;
  }

  /** What is others' is not used from now on. True: there was some, and the store is to hear of it. */
  giveBack(nowMs: number): boolean {
    const given = this.held - this.toKeep(nowMs);
    this.held -= given;
    this.excess = Math.max(0, this.excess - given);
    return given > 0;
  }

  /** Nobody has said yet whose permits are too many now: nothing is kept that is not in use. */
  lowerTo(limit: number): void {
    this.limit = limit;
    this.excess = Math.max(this.excess, this.held);
  }

  wantedBy(nodeId: string, nowMs: number): void {
    this.#wanting.set(nodeId, nowMs + WANTED_MS);
  }

  /** How many more to ask for. Beyond its share a node asks for nothing that others want: it would get back what it has just given. */
  toWant(nowMs: number): number {
    const waiting = this.waiting.length;
    const wanting = this.#wantingNow(nowMs);
    if (wanting === 0 || this.limit === 0) return waiting;
    return Math.max(0, Math.min(waiting, Math.ceil(this.limit / (wanting + 1)) - this.toKeep(nowMs)));
  }

  /** How many to keep: those in use, and as many more as there are and are nobody else's by right. */
  toKeep(nowMs: number): number {
    const wanting = this.#wantingNow(nowMs);
    const useful = this.inUse + this.waiting.length;
    const share = Math.ceil(this.limit / (wanting + 1));
    const rightful = wanting === 0 ? this.limit : Math.min(useful, share);
    return Math.min(this.held, Math.max(this.inUse, Math.min(rightful, this.held - this.excess)));
  }

  #wantingNow(nowMs: number): number {
    for (const [nodeId, untilMs] of this.#wanting) if (untilMs <= nowMs) this.#wanting.delete(nodeId);
    return this.#wanting.size;
  }
}
