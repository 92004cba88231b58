// The statistics of one period: what CloudWatch calls Sum, Average, p99 and so on, from sums and buckets of minutes.

import { percentile } from "../../metering/buckets.ts";
import { unsupported } from "./refusals.ts";

export interface Period {
  /** Milliseconds since 1970 of its begin. */
  readonly startMs: number;
  readonly samples: number;
  readonly total: number;
  readonly lowest: number;
  readonly highest: number;
  readonly buckets: ReadonlyMap<number, number>;
}

export type StatisticOf = (period: Period) => number | undefined;

const SIMPLE: Readonly<Record<string, StatisticOf>> = {
  SampleCount: ({ samples }) => samples,
  Sum: ({ total }) => total,
  Average: ({ total, samples }) => total / samples,
  Minimum: ({ lowest }) => lowest,
  Maximum: ({ highest }) => highest,
};

/** Throws for trimmed means and the like, by name. undefined at a period: percentiles of values that were put as sums are not known. */
export function statisticOf(name: string): StatisticOf {
  if (Object.hasOwn(SIMPLE, name)) return SIMPLE[name]!;
  const share = Number(/^p(\d{1,2}(?:\.\d{1,10})?|100)$/.exec(name)?.[1]);
  if (Number.isNaN(share)) throw unsupported(`the statistic ${name}`);
  return ({ buckets, lowest, highest }) => percentile(buckets, share / 100, { lowest, highest });
}

export function needsBuckets(name: string): boolean {
  return !Object.hasOwn(SIMPLE, name);
}
