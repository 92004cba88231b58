// The month of the bill, in UTC, and what it will come to if the last days go on.

import type { BillItem } from "./bill.ts";

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

/**
 * By how much the items of the month so far grow until its end: at the rate of the last seven days, or of the time since the first use where that
 * is shorter. At least an hour is looked at, so that a first call does not become a fortune.
 */
export function growthUntilEnd(items: readonly Pick<BillItem, "startMs" | "usd">[], month: Month, nowMs: number): number {
  const soFar = usdOf(items);
  if (soFar === 0) return 1;
  const first = items.reduce((least, { startMs }) => Math.min(least, startMs), nowMs); // a million items are no arguments
  const fromMs = Math.max(first, nowMs - RECENT_MS);
  const recent = usdOf(items.filter(({ startMs }) => startMs >= fromMs));
  const perMs = recent / Math.max(HOUR_MS, nowMs - fromMs);
  return 1 + (perMs * Math.max(0, month.endMs - nowMs)) / soFar;
}

function usdOf(items: readonly Pick<BillItem, "usd">[]): number {
  return items.reduce((sum, { usd }) => sum + usd, 0);
}
