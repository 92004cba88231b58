// One CloudWatch metric: who it belongs to, its name, dimensions and unit, and the id that follows from them.

import { createHash } from "node:crypto";

export interface MetricSeries {
  readonly account: string;
  readonly region: string;
  readonly namespace: string;
  readonly name: string;
  /** [name, value], in order of name: seriesOf() sorts them. */
  readonly dimensions: readonly (readonly [name: string, value: string])[];
  readonly unit: string;
}

/** As the store keeps it. */
export interface StoredSeries extends Omit<MetricSeries, "dimensions"> {
  readonly id: string;
  /** JSON of MetricSeries.dimensions. */
  readonly dimensions: string;
}

export function storedSeries(series: MetricSeries): StoredSeries {
  const dimensions = dimensionsText(series.dimensions);
  const { account, region, namespace, name, unit } = series;
  const text = JSON.stringify([account, region, namespace, name, dimensions, unit]);
  return { account, region, namespace, name, unit, dimensions, id: createHash("sha256").update(text).digest("base64url").slice(0, 22) };
}

/** The same for the same dimensions in any order. */
export function dimensionsText(dimensions: MetricSeries["dimensions"]): string {
  return JSON.stringify([...dimensions].sort(([a], [b]) => (a < b ? -1 : 1)));
}
