// The spans that a period is answered in: hours, days or months in UTC. The first and the last month may be part of one.

import type { DateInterval, Granularity } from "../../models/ce.ts";
import { invalid } from "./dimensions.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SPANS_MAX = 1_000;

export interface Span {
  readonly fromMs: number;
  /** Not part of it. */
  readonly toMs: number;
  readonly TimePeriod: DateInterval;
}

/** At least one. Throws ValidationException. */
export function spansOf({ Start, End }: DateInterval, granularity: Granularity): readonly Span[] {
  const isHourly = granularity === "HOURLY";
  const [fromMs, endMs] = [timeOf(Start, isHourly), timeOf(End, isHourly)];
  if (fromMs >= endMs) throw invalid("Start date (and hour) should be before end date (and hour)");
  const spans: Span[] = [];
  for (let atMs = fromMs; atMs < endMs; atMs = spans.at(-1)!.toMs) {
    const toMs = Math.min(endMs, next(atMs, granularity));
    spans.push({ fromMs: atMs, toMs, TimePeriod: { Start: dateText(atMs, isHourly), End: dateText(toMs, isHourly) } });
    if (spans.length > SPANS_MAX) throw invalid(`The period has more than ${SPANS_MAX} spans of ${granularity}.`);
  }
  return spans;
}

/** The place of the span that a time is in; spans follow each other. -1: it is before all of them. */
export function spanAt(spans: readonly Span[], atMs: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.fromMs <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function next(atMs: number, granularity: Granularity): number {
  if (granularity === "HOURLY") return atMs + HOUR_MS;
  if (granularity === "DAILY") return atMs + DAY_MS;
  const at = new Date(atMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1);
}

function timeOf(text: string, isHourly: boolean): number {
  const pattern = isHourly ? /^\d{4}-\d{2}-\d{2}(T\d{2}:00:00Z)?$/ : /^\d{4}-\d{2}-\d{2}$/;
  const atMs = pattern.test(text) ? Date.parse(text) : Number.NaN;
  // The 30th of February is read as a day of March.
  if (Number.isNaN(atMs) || !new Date(atMs).toISOString().startsWith(text.slice(0, 10)))
    throw invalid(`${text} is no ${isHourly ? "hour as 2026-11-25T10:00:00Z" : "date as 2026-11-25"}.`);
  return atMs;
}

function dateText(atMs: number, isHourly: boolean): string {
  const text = new Date(atMs).toISOString();
  return isHourly ? `${text.slice(0, 19)}Z` : text.slice(0, 10);
}
