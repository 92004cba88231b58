// Permits to run: at most so many at once for one key, over all nodes. A key is a function's, an account's or anything else that has a limit.

import { strict as assert } from "node:assert";

export interface Permit {
  readonly key: string;
}

/** What is stored for a key. */
export interface StoredLimit {
  readonly limit: number;
  readonly version: number;
}

export interface Permits {
  /** A permit that this node has at hand; undefined says nothing about the others. */
  tryAcquire(key: string): Permit | undefined;
  /**
   * undefined: throttled, all are in use. Rejects with StoreError when nobody can say, and with the signal's reason.
   * No limit set for `key` is a bug of the caller.
   */
  acquire(key: string, signal?: AbortSignal): Promise<Permit | undefined>;
  /** Once for every permit, when what it was for has ended. */
  release(permit: Permit): void;
  /**
   * Resolves when it is stored. A lower limit ends nothing that runs, and other nodes start nothing above it as soon as they have heard of it:
   * by a wake-up, or at their next renewal. `version` tells what the limit was derived from: one of an older version is not taken. Answers
   * with what is stored then.
   */
  setLimit(key: string, limit: number, version?: number): Promise<StoredLimit>;
  close(): Promise<void>;
}

/** Of all keys, on this node. */
export interface PermitTotals {
  readonly held: number;
  readonly inUse: number;
  /** Callers that wait for one. */
  readonly waiting: number;
}

/** Permits of a cluster's node. */
export interface NodePermits extends Permits {
  totals(): PermitTotals;
}

/** Told by permits that were in use when their lease ended: others may run in their place by now. */
export interface Overrun {
  readonly key: string;
  readonly running: number;
  readonly held: number;
}

/** For one node: a counter per key. */
export function memoryPermits(): Permits {
  const limits = new Map<string, StoredLimit>();
  const inUse = new Map<string, number>();
  const taken = new WeakSet<Permit>();
  const tryAcquire = (key: string) => {
    const stored = limits.get(key);
    assert(stored !== undefined, `${key} has no limit`);
    const count = inUse.get(key) ?? 0;
    if (count >= stored.limit) return undefined;
    inUse.set(key, count + 1);
    const permit = { key };
    taken.add(permit);
    return permit;
  };
  return {
    tryAcquire,
    async acquire(key, signal) {
      signal?.throwIfAborted();
      return tryAcquire(key);
    },
    release(permit) {
      assert(taken.delete(permit), `a permit of ${permit.key} was released twice`);
      const left = (inUse.get(permit.key) ?? 0) - 1;
      if (left > 0) inUse.set(permit.key, left);
      else inUse.delete(permit.key);
    },
    async setLimit(key, limit, version = 0) {
      const before = limits.get(key);
      const stored = before === undefined || version >= before.version ? { limit, version } : before;
      limits.set(key, stored);
      return stored;
    },
    async close() {},
  };
}
