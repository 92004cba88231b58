// Statements about metrics: adding statistics to minutes, reading them, and making hours of old minutes.

import { proc, type Tx } from "../store/database.ts";
import type { MetricRows, Statistics } from "./metric-batch.ts";
import type { StoredSeries } from "./metric-series.ts";

const HOUR_MS = 3_600_000;

/** Inside another proc. Adds: whoever repeats it counts twice. */
export async function addMetrics(tx: Tx, { series, rows }: MetricRows, nowMs: number): Promise<void> {
  if (rows.length === 0) return;
  // Sorted, so that two nodes that add to the same rows wait for each other and do not deadlock.
  const sorted = series.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  await tx.insertMany(
    "metric_series",
    [
      ["id", "text"],
      ["account", "text"],
      ["region", "text"],
      ["namespace", "text"],
      ["name", "text"],
      ["dimensions", "text"],
      ["unit", "text"],
      ["last_ms", "bigint"],
    ],
    sorted.map((one) => [one.id, one.account, one.region, one.namespace, one.name, one.dimensions, one.unit, nowMs]),
    // A minute's grain: a row that is written every second would be dead rows in PostgreSQL.
    "ON CONFLICT (id) DO UPDATE SET last_ms = excluded.last_ms WHERE metric_series.last_ms < excluded.last_ms - 60000",
  );
  const ordered = rows.toSorted((a, b) => (a.seriesId === b.seriesId ? a.minute - b.minute : a.seriesId < b.seriesId ? -1 : 1));
  await tx.insertMany(
    "metric_minute",
    [
      ["series_id", "text"],
      ["minute", "bigint"],
      ["samples", "double precision"],
      ["total", "double precision"],
      ["lowest", "double precision"],
      ["highest", "double precision"],
    ],
    ordered.map((row) => [row.seriesId, row.minute, row.samples, row.total, row.lowest, row.highest]),
    ADD_STATISTICS,
  );
  const buckets = ordered.flatMap((row) =>
    row.buckets.toSorted(([a], [b]) => a - b).map(([bucket, n]) => [row.seriesId, row.minute, bucket, n]),
  );
  if (buckets.length === 0) return;
  await tx.insertMany(
    "metric_bucket",
    [
      ["series_id", "text"],
      ["minute", "bigint"],
      ["bucket", "bigint"],
      ["samples", "double precision"],
    ],
    buckets,
    ADD_SAMPLES,
  );
}

const ADD_STATISTICS = `ON CONFLICT (series_id, minute) DO UPDATE SET
  samples = metric_minute.samples + excluded.samples,
  total = metric_minute.total + excluded.total,
  lowest = CASE WHEN excluded.lowest < metric_minute.lowest THEN excluded.lowest ELSE metric_minute.lowest END,
  highest = CASE WHEN excluded.highest > metric_minute.highest THEN excluded.highest ELSE metric_minute.highest END`;

const ADD_SAMPLES = "ON CONFLICT (series_id, minute, bucket) DO UPDATE SET samples = metric_bucket.samples + excluded.samples";

export const putMetrics = proc("metering.metrics.put", (tx, args: MetricRows & { readonly nowMs: number }) =>
  addMetrics(tx, args, args.nowMs),
);

export interface SeriesFilter {
  readonly account: string;
  readonly region: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Measured since then. */
  readonly sinceMs: number;
}

export const listSeries = proc("metering.metrics.series", (tx, { account, region, namespace, name, sinceMs }: SeriesFilter) =>
  tx.query<StoredSeries & { readonly last_ms: number }>(
    `SELECT id, account, region, namespace, name, dimensions, unit, last_ms FROM metric_series
     WHERE account = $1 AND region = $2 AND last_ms >= $3 AND ($4 = '' OR namespace = $4) AND ($5 = '' OR name = $5)
     ORDER BY namespace, name, dimensions, unit`,
    [account, region, sinceMs, namespace ?? "", name ?? ""],
  ),
);

export interface MetricRange {
  readonly seriesIds: readonly string[];
  /** The end is not part of it. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly buckets: boolean;
}

export interface MinuteRow extends Statistics {
  readonly minute: number;
}

export interface BucketRow {
  readonly minute: number;
  readonly bucket: number;
  readonly samples: number;
}

export const readMetrics = proc("metering.metrics.read", async (tx, range: MetricRange) => {
  const minutes: MinuteRow[][] = [];
  const buckets: BucketRow[][] = [];
  for (const id of range.seriesIds) {
    const within = [id, range.fromMs, range.toMs];
    const where = "WHERE series_id = $1 AND minute >= $2 AND minute < $3";
    minutes.push(await tx.query<MinuteRow>(`SELECT minute, samples, total, lowest, highest FROM metric_minute ${where}`, within));
    if (range.buckets) buckets.push(await tx.query<BucketRow>(`SELECT minute, bucket, samples FROM metric_bucket ${where}`, within));
  }
  return { minutes: minutes.flat(), buckets: buckets.flat() };
});

/** Minutes before `hoursBeforeMs` become hours; what is older than `goneBeforeMs` goes. AWS keeps minutes for 15 days and hours for 455. */
export const rollUpMetrics = proc("metering.metrics.roll-up", async (tx, args: { hoursBeforeMs: number; goneBeforeMs: number }) => {
  const hour = `minute - minute % ${HOUR_MS}`;
  const old = [args.hoursBeforeMs - (args.hoursBeforeMs % HOUR_MS)];
  const isOld = `minute < $1 AND minute % ${HOUR_MS} <> 0`;
  await tx.query(
    `INSERT INTO metric_minute (series_id, minute, samples, total, lowest, highest)
     SELECT series_id, ${hour}, sum(samples), sum(total), min(lowest), max(highest) FROM metric_minute WHERE ${isOld} GROUP BY series_id, ${hour}
     ${ADD_STATISTICS}`,
    old,
  );
  await tx.query(
    `INSERT INTO metric_bucket (series_id, minute, bucket, samples)
     SELECT series_id, ${hour}, bucket, sum(samples) FROM metric_bucket WHERE ${isOld} GROUP BY series_id, ${hour}, bucket ${ADD_SAMPLES}`,
    old,
  );
  await tx.query(`DELETE FROM metric_minute WHERE ${isOld}`, old);
  await tx.query(`DELETE FROM metric_bucket WHERE ${isOld}`, old);
  for (const table of ["metric_minute", "metric_bucket"]) await tx.query(`DELETE FROM ${table} WHERE minute < $1`, [args.goneBeforeMs]);
  await tx.query("DELETE FROM metric_series WHERE last_ms < $1", [args.goneBeforeMs]);
});
