// The month of the bill, in UTC, and what it will come to if the last days go on.

const HOUR_MS = 3_600_000;
const RECENT_MS = 7 * 86_400_000;

export interface Month {
  readonly startMs: number;
  readonly endMs: number;
}

export function monthOf(nowMs: number): Month {
  const now = new Date(nowMs);
  const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()];
  return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
}

export interface Spent {
  /** In the month so far. */
  readonly soFarUsd: number;
  /** Since `sinceMs`. */
  readonly recentUsd: number;
  readonly sinceMs: number;
}

/** Since when use tells how it will go on: for the last seven days, or since the first use in the month where that is later. */
export function recentSince(firstMs: number, nowMs: number): number {
  return Math.max(firstMs, nowMs - RECENT_MS);
}

/**
 * By how much what was spent in the month grows until its end, if it goes on as of late. At least an hour is looked at, so that a first call does not
 * become a fortune.
 */
export function growthUntilEnd({ soFarUsd, recentUsd, sinceMs }: Spent, month: Month, nowMs: number): number {
  if (soFarUsd === 0) return 1;
  const perMs = recentUsd / Math.max(HOUR_MS, nowMs - sinceMs);
  return 1 + (perMs * Math.max(0, month.endMs - nowMs)) / soFarUsd;
}
