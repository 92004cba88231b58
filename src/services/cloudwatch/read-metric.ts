// One metric over a range, in periods. Periods begin at the start of the range, rounded down as AWS does.

import { dimensionsText } from "../../metering/metric-series.ts";
import { listSeries, readMetrics } from "../../metering/metrics.procs.ts";
import type { Call } from "../../wire/call.ts";
import type { CloudWatch } from "./cloudwatch.ts";
import type { Pairs } from "./dimensions.ts";
import { invalidCombination, invalidValue, unsupported } from "./refusals.ts";
import type { Period } from "./statistic.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Older than this, only hours are kept. */
const MINUTES_KEPT_MS = 15 * DAY_MS;
const DATAPOINTS_MAX = 100_800;

export interface AskedMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Pairs;
  /** undefined: whatever unit it was measured in. */
  readonly unit: string | undefined;
  readonly periodS: number;
  readonly buckets: boolean;
}

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ReadMetric {
  readonly unit: string;
  /** In order of time; none for periods in which nothing was measured. */
  readonly periods: readonly Period[];
}

export async function readMetric(asked: AskedMetric, range: Range, call: Call, { database, clock }: CloudWatch): Promise<ReadMetric> {
  checkRange(asked, range);
  const periodMs = asked.periodS * 1_000;
  const grain = range.fromMs < clock.nowMs() - MINUTES_KEPT_MS ? HOUR_MS : MINUTE_MS;
  const fromMs = range.fromMs - (range.fromMs % grain);
  const { account, region } = call;
  const stored = await database.read(listSeries, { account, region, namespace: asked.namespace, name: asked.name, sinceMs: 0 });
  const dimensions = dimensionsText(asked.dimensions);
  const series = stored.filter((one) => one.dimensions === dimensions && (asked.unit === undefined || one.unit === asked.unit));
  const seriesIds = series.map(({ id }) => id);
  const { minutes, buckets } = await database.read(readMetrics, { seriesIds, fromMs, toMs: range.toMs, buckets: asked.buckets });
  const startOf = (minute: number) => fromMs + Math.floor((minute - fromMs) / periodMs) * periodMs;
  const spread = Map.groupBy(buckets, ({ minute }) => startOf(minute));
  const periods = [...Map.groupBy(minutes, ({ minute }) => startOf(minute))].map(([startMs, rows]) => ({
    startMs,
    samples: sumOf(rows.map(({ samples }) => samples)),
    total: sumOf(rows.map(({ total }) => total)),
    lowest: rows.reduce((least, { lowest }) => Math.min(least, lowest), Number.POSITIVE_INFINITY),
    highest: rows.reduce((most, { highest }) => Math.max(most, highest), Number.NEGATIVE_INFINITY),
    buckets: counted(spread.get(startMs) ?? []),
  }));
  return { unit: series[0]?.unit ?? asked.unit ?? "None", periods: periods.sort((a, b) => a.startMs - b.startMs) };
}

function checkRange({ periodS }: AskedMetric, { fromMs, toMs }: Range): void {
  if (fromMs >= toMs) throw invalidCombination("The parameter StartTime must be less than the parameter EndTime.");
  if ([1, 5, 10, 20, 30].includes(periodS)) throw unsupported(`a period of ${periodS} s`);
  if (periodS < 60 || periodS % 60 !== 0) throw invalidValue("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
  if ((toMs - fromMs) / (periodS * 1_000) > DATAPOINTS_MAX)
    throw invalidCombination(`You have requested more than ${DATAPOINTS_MAX} datapoints. Use a longer period or a shorter range.`);
}

function counted(rows: readonly { readonly bucket: number; readonly samples: number }[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { bucket, samples } of rows) counts.set(bucket, (counts.get(bucket) ?? 0) + samples);
  return counts;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
