// --since: how far back, as a span or a time.

import { UsageError } from "./command.ts";

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds since 1970. Throws UsageError for what is neither a span nor a time. */
export function startOf(text: string, nowMs: number): number {
  const span = spanMs(text);
  if (span !== undefined) return nowMs - span;
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new UsageError(`--since takes 30s, 10m, 2h, 1d or a time such as 2026-11-25T10:00:00Z, not '${text}'.`);
  return atMs;
}

/** "30s", "5m", "2h", "1d"; undefined for anything else. */
export function spanMs(text: string): number | undefined {
  const span = /^(\d+)([smhd])$/.exec(text);
  return span === null ? undefined : Number(span[1]) * UNITS_MS[span[2]!]!;
}
