// How many environments a pool should start or stop: a decision, taken from a snapshot. pool.ts performs it.

export interface PoolSnapshot {
  readonly nowMs: number;
  readonly waiting: number;
  readonly starting: number;
  /** Answered, but not yet asking for the next event: free in a moment. */
  readonly finishing: number;
  /** Longest idle first. */
  readonly idleSinceMs: readonly number[];
}

/** One start per waiting invocation that nothing else will serve in a moment. */
export function decideStarts(pool: Pick<PoolSnapshot, "waiting" | "starting" | "finishing">): number {
  return Math.max(0, pool.waiting - pool.starting - pool.finishing);
}

/** Environments that nobody needed for `keepIdleMs` end, longest idle first. */
export function decideStops(pool: Pick<PoolSnapshot, "nowMs" | "idleSinceMs" | "waiting">, keepIdleMs: number): number {
  if (pool.waiting > 0) return 0;
  return pool.idleSinceMs.filter((sinceMs) => pool.nowMs - sinceMs >= keepIdleMs).length;
}
