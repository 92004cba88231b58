// What the store has done since this process began, and how long callers waited for it; and a database that counts it.

import { Histogram } from "../lib/histogram.ts";
import { type Database, StoreError, type StoreErrorCode } from "./database.ts";

const SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 35];

/** Why a unit of work was begun again. */
export type RetryReason = "conflict" | "connection-lost";

export class StoreTotals {
  /** From the call to the answer: waiting for a connection or the thread, the work, and for `run` the flush. */
  readonly durations = { run: new Histogram(SECONDS), read: new Histogram(SECONDS) } as const;
  readonly failures = new Map<StoreErrorCode | "other", number>();
  readonly retries = new Map<RetryReason, number>();

  failed(error: unknown): void {
    count(this.failures, error instanceof StoreError ? error.code : "other");
  }

  retried(reason: RetryReason): void {
    count(this.retries, reason);
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

export function counting(database: Database, totals: StoreTotals): Database {
  const counted = async <R>(kind: "run" | "read", work: Promise<R>): Promise<R> => {
    const startedMs = performance.now();
    try {
      return await work;
    } catch (error) {
      totals.failed(error);
      throw error;
    } finally {
      totals.durations[kind].add((performance.now() - startedMs) / 1_000);
    }
  };
  return {
    dialect: database.dialect,
    run: (proc, args, options) => counted("run", database.run(proc, args, options)),
    read: (proc, args) => counted("read", database.read(proc, args)),
    onWake: (listener) => database.onWake(listener),
    hurry: () => database.hurry?.(),
    nowMs: () => database.nowMs(),
    close: () => database.close(),
  };
}
