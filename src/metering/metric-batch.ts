// Statistics of metrics on their way to the store: added up per metric and minute, so that a flush is a few rows however much was measured.

import { bucketOf } from "./buckets.ts";
import type { StoredSeries } from "./metric-series.ts";

export const MINUTE_MS = 60_000;

/** `count` values whose sum, smallest and largest are known. */
export interface Statistics {
  readonly samples: number;
  readonly total: number;
  readonly lowest: number;
  readonly highest: number;
}

export interface MetricRow extends Statistics {
  readonly seriesId: string;
  readonly minute: number;
  /** [bucket, samples]; none where percentiles make no sense. */
  readonly buckets: readonly (readonly [number, number])[];
}

export interface MetricRows {
  readonly series: readonly StoredSeries[];
  readonly rows: readonly MetricRow[];
}

interface Sum {
  samples: number;
  total: number;
  lowest: number;
  highest: number;
  readonly buckets: Map<number, number>;
}

export class MetricBatch {
  readonly #series = new Map<string, StoredSeries>();
  readonly #sums = new Map<string, Map<number, Sum>>(); // series id → minute

  /** `atMs` is any time within the minute. */
  add(series: StoredSeries, atMs: number, statistics: Statistics, buckets: Iterable<readonly [number, number]> = []): void {
    const sum = this.#sumOf(series, atMs);
    sum.samples += statistics.samples;
    sum.total += statistics.total;
    sum.lowest = Math.min(sum.lowest, statistics.lowest);
    sum.highest = Math.max(sum.highest, statistics.highest);
    for (const [bucket, samples] of buckets) sum.buckets.set(bucket, (sum.buckets.get(bucket) ?? 0) + samples);
  }

  /** `count` times the same value, percentiles included. */
  addValue(series: StoredSeries, atMs: number, value: number, count = 1): void {
    const statistics = { samples: count, total: value * count, lowest: value, highest: value };
    this.add(series, atMs, statistics, [[bucketOf(value), count]]);
  }

  rows(): MetricRows {
    const rows: MetricRow[] = [];
    for (const [seriesId, minutes] of this.#sums) {
      for (const [minute, { buckets, ...statistics }] of minutes) rows.push({ seriesId, minute, ...statistics, buckets: [...buckets] });
    }
    return { series: [...this.#series.values()], rows };
  }

  #sumOf(series: StoredSeries, atMs: number): Sum {
    const minute = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
    this.#series.set(series.id, series);
    const minutes = this.#sums.get(series.id) ?? new Map<number, Sum>();
    this.#sums.set(series.id, minutes);
    const known = minutes.get(minute);
    if (known !== undefined) return known;
    const sum = { samples: 0, total: 0, lowest: Number.POSITIVE_INFINITY, highest: Number.NEGATIVE_INFINITY, buckets: new Map() };
    minutes.set(minute, sum);
    return sum;
  }
}
