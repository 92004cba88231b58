// What one node has seen of a shadow, as plain sums that add up over nodes and restarts.

import { bucketOf, percentile } from "../metering/buckets.ts";
import type { AnswerDifference } from "./compare-answers.ts";
import type { Sample } from "./sample.ts";

export interface SideSum {
  calls: number;
  totalMs: number;
  lowestMs: number;
  highestMs: number;
  billedMs: number;
  memoryPeakMb: number;
  usd: number;
  buckets: Record<string, number>;
}

export interface DifferenceExample {
  readonly requestId: string;
  /** Cut off where they are long. */
  readonly event: string;
  readonly primary: string;
  readonly candidate: string;
}

export interface SeenDifference extends AnswerDifference {
  count: number;
  readonly example: DifferenceExample;
}

export interface ShadowReport {
  compared: number;
  equal: number;
  /** Not copied: too many copies under way, or a streamed answer. */
  skipped: number;
  /** The platform could not run the candidate. */
  failed: number;
  primary: SideSum;
  candidate: SideSum;
  differences: SeenDifference[];
}

/** More kinds than these are counted without an example of their own. */
const KINDS_MAX = 100;
const TEXT_MAX = 2_000;

export function emptyReport(): ShadowReport {
  return { compared: 0, equal: 0, skipped: 0, failed: 0, primary: emptySide(), candidate: emptySide(), differences: [] };
}

function emptySide(): SideSum {
  return { calls: 0, totalMs: 0, lowestMs: Number.MAX_VALUE, highestMs: 0, billedMs: 0, memoryPeakMb: 0, usd: 0, buckets: {} };
}

export function addSample(side: SideSum, { durationMs, billedMs, memoryPeakMb, usd }: Omit<Sample, "result" | "isError" | "initMs">): void {
  side.calls++;
  side.totalMs += durationMs;
  side.lowestMs = Math.min(side.lowestMs, durationMs);
  side.highestMs = Math.max(side.highestMs, durationMs);
  side.billedMs += billedMs;
  side.memoryPeakMb = Math.max(side.memoryPeakMb, memoryPeakMb);
  side.usd += usd;
  const bucket = bucketOf(durationMs);
  side.buckets[bucket] = (side.buckets[bucket] ?? 0) + 1;
}

export function addDifferences(report: ShadowReport, found: readonly AnswerDifference[], example: () => DifferenceExample): void {
  report.compared++;
  if (found.length === 0) report.equal++;
  for (const { kind, path } of found) {
    const known = report.differences.find((one) => one.kind === kind && one.path === path);
    if (known !== undefined) known.count++;
    else if (report.differences.length < KINDS_MAX) report.differences.push({ kind, path, count: 1, example: example() });
  }
}

export function cut(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.subarray(0, TEXT_MAX)).toString();
  return bytes.length > TEXT_MAX ? `${text}…` : text;
}

export function mergeReports(reports: readonly ShadowReport[]): ShadowReport {
  const whole = emptyReport();
  for (const report of reports) {
    for (const name of ["compared", "equal", "skipped", "failed"] as const) whole[name] += report[name];
    mergeSide(whole.primary, report.primary);
    mergeSide(whole.candidate, report.candidate);
    for (const one of report.differences) {
      const known = whole.differences.find(({ kind, path }) => kind === one.kind && path === one.path);
      if (known === undefined) whole.differences.push({ ...one });
      else known.count += one.count;
    }
  }
  whole.differences.sort((a, b) => b.count - a.count || (nameOf(a) < nameOf(b) ? -1 : 1));
  return whole;
}

/** Two that come as often stand in the same order every time. */
function nameOf({ kind, path }: Pick<SeenDifference, "kind" | "path">): string {
  return `${kind} ${path}`;
}

function mergeSide(sum: SideSum, side: SideSum): void {
  for (const name of ["calls", "totalMs", "billedMs", "usd"] as const) sum[name] += side[name];
  sum.lowestMs = Math.min(sum.lowestMs, side.lowestMs);
  sum.highestMs = Math.max(sum.highestMs, side.highestMs);
  sum.memoryPeakMb = Math.max(sum.memoryPeakMb, side.memoryPeakMb);
  for (const [bucket, count] of Object.entries(side.buckets)) sum.buckets[bucket] = (sum.buckets[bucket] ?? 0) + count;
}

export interface SideSummary {
  readonly calls: number;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly meanMs: number | undefined;
  readonly memoryPeakMb: number;
  readonly usdPerMillion: number | undefined;
}

export function summarise(side: SideSum): SideSummary {
  const { calls, totalMs, lowestMs, highestMs, memoryPeakMb, usd } = side;
  const buckets = new Map(Object.entries(side.buckets).map(([bucket, count]) => [Number(bucket), count]));
  const at = (share: number) => percentile(buckets, share, { lowest: lowestMs, highest: highestMs });
  const perCall = (sum: number) => (calls === 0 ? undefined : sum / calls);
  const perMillion = perCall(usd * 1e6);
  return { calls, p50Ms: at(0.5), p99Ms: at(0.99), meanMs: perCall(totalMs), memoryPeakMb, usdPerMillion: perMillion };
}
