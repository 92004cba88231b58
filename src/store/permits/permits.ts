// Permits to run: at most so many at once for one key, over all nodes. A key is a function's, an account's or anything else that has a limit.

import { strict as assert } from "node:assert";

export interface Permit {
  readonly key: string;
}

export interface Permits {
  /**
   * undefined: throttled, all are in use. Rejects with StoreError when nobody can say, and with the signal's reason.
   * No limit set for `key` is a bug of the caller.
   */
  acquire(key: string, signal?: AbortSignal): Promise<Permit | undefined>;
  /** Once for every permit, when what it was for has ended. */
  release(permit: Permit): void;
  /**
   * Resolves when it is stored. A lower limit ends nothing that runs, and other nodes start nothing above it as soon as they have heard of it:
   * by a wake-up, or at their next renewal.
   */
  setLimit(key: string, limit: number): Promise<void>;
  close(): Promise<void>;
}

/** Told by permits that were in use when their lease ended: others may run in their place by now. */
export interface Overrun {
  readonly key: string;
  readonly running: number;
  readonly held: number;
}

/** For one node: a counter per key. */
export function memoryPermits(): Permits {
  const limits = new Map<string, number>();
  const inUse = new Map<string, number>();
  const taken = new WeakSet<Permit>();
  return {
    async acquire(key, signal) {
      signal?.throwIfAborted();
      const limit = limits.get(key);
      assert(limit !== undefined, `${key} has no limit`);
      const count = inUse.get(key) ?? 0;
      if (count >= limit) return undefined;
      inUse.set(key, count + 1);
      const permit = { key };
      taken.add(permit);
      return permit;
    },
    release(permit) {
      assert(taken.delete(permit), `a permit of ${permit.key} was released twice`);
      const left = (inUse.get(permit.key) ?? 0) - 1;
      if (left > 0) inUse.set(permit.key, left);
      else inUse.delete(permit.key);
    },
    async setLimit(key, limit) {
      limits.set(key, limit);
    },
    async close() {},
  };
}
