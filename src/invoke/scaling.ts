// How many environments a pool should start or stop, and how fast a function may grow: decisions, taken from a snapshot. pool.ts performs them.

export interface PoolSnapshot {
  readonly nowMs: number;
  readonly waiting: number;
  readonly starting: number;
  /** Answered, but not yet asking for the next event: free in a moment. */
  readonly finishing: number;
  /** Longest idle first. */
  readonly idleSinceMs: readonly number[];
}

/** One start for each waiting invocation that nothing else will serve in a moment, or for as many as one environment serves at a time. */
export function decideStarts(pool: Pick<PoolSnapshot, "waiting" | "starting" | "finishing">, perEnvironment = 1): number {
  return Math.max(0, Math.ceil((pool.waiting - pool.finishing) / perEnvironment) - pool.starting);
}

/** Environments that nobody needed for `keepIdleMs` end, longest idle first. */
export function decideStops(pool: Pick<PoolSnapshot, "nowMs" | "idleSinceMs" | "waiting">, keepIdleMs: number): number {
  if (pool.waiting > 0) return 0;
  return pool.idleSinceMs.filter((sinceMs) => pool.nowMs - sinceMs >= keepIdleMs).length;
}

/** Starts that a function still has at one time; they come back evenly. */
export interface StartBudget {
  readonly starts: number;
  readonly atMs: number;
}

export interface ScalingRate {
  readonly burst: number;
  readonly perSecond: number;
}

/** Each function may gain 1,000 environments every 10 seconds. https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html */
export const awsScalingRate: ScalingRate = { burst: 1_000, perSecond: 100 };

/** What is left after one more start; undefined when it would be one too many. A budget that is not there yet is full. */
export function spendStart(budget: StartBudget | undefined, nowMs: number, rate: ScalingRate): StartBudget | undefined {
  const returned = budget === undefined ? rate.burst : (Math.max(0, nowMs - budget.atMs) / 1000) * rate.perSecond;
  const starts = Math.min(rate.burst, (budget?.starts ?? 0) + returned);
  return starts < 1 ? undefined : { starts: starts - 1, atMs: Math.max(nowMs, budget?.atMs ?? nowMs) };
}

export interface Occupancy {
  readonly count: number;
  /** Of its environment that waits longest; undefined if none waits. */
  readonly idleSinceMs: number | undefined;
}

/**
 * Where one has to end before another starts, or undefined: environments of many functions, each used once, would fill the machine until
 * their idle time is over. What runs is never ended for it: that is admission's to bound.
 */
export function decideEviction<P>(pools: readonly (readonly [P, Occupancy])[], environmentsMax: number): P | undefined {
  const count = pools.reduce((sum, [, pool]) => sum + pool.count, 0);
  if (count <= environmentsMax) return undefined;
  const idle = pools.filter(([, pool]) => pool.idleSinceMs !== undefined);
  return idle.toSorted(([, a], [, b]) => a.idleSinceMs! - b.idleSinceMs!)[0]?.[0];
}
