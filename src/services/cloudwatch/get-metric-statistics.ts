// GetMetricStatistics: one metric, several statistics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html

import type { Datapoint, GetMetricStatisticsInput, GetMetricStatisticsOutput, StandardUnit } from "../../models/cloudwatch.ts";
import type { Call } from "../../wire/call.ts";
import type { CloudWatch } from "./cloudwatch.ts";
import { pairsOf } from "./dimensions.ts";
import { readMetric } from "./read-metric.ts";
import { invalidCombination, missing } from "./refusals.ts";
import { type Period, statisticOf } from "./statistic.ts";

const DATAPOINTS_MAX = 1_440;

export async function getMetricStatistics(
  input: GetMetricStatisticsInput,
  call: Call,
  cloudWatch: CloudWatch,
): Promise<GetMetricStatisticsOutput> {
  const [simple, extended] = [input.Statistics ?? [], input.ExtendedStatistics ?? []];
  if (simple.length + extended.length === 0) throw missing("Must specify either Statistics or ExtendedStatistics");
  const [fromMs, toMs] = [input.StartTime.getTime(), input.EndTime.getTime()];
  const count = Math.ceil((toMs - fromMs) / (input.Period * 1_000));
  if (count > DATAPOINTS_MAX) {
    const message = `You have requested up to ${count} datapoints, which exceeds the limit of ${DATAPOINTS_MAX}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`;
    throw invalidCombination(message);
  }
  await cloudWatch.flush();
  const asked = {
    namespace: input.Namespace,
    name: input.MetricName,
    dimensions: pairsOf(input.Dimensions),
    unit: input.Unit,
    periodS: input.Period,
    buckets: extended.length > 0,
  };
  const { unit, periods } = await readMetric(asked, { fromMs, toMs }, call, cloudWatch);
  return { Label: input.MetricName, Datapoints: periods.map((period) => datapoint(period, unit, { simple, extended })) };
}

function datapoint(
  period: Period,
  unit: string,
  asked: { readonly simple: readonly string[]; readonly extended: readonly string[] },
): Datapoint {
  const valuesOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, statisticOf(name)(period)]));
  const extended = valuesOf(asked.extended) as Record<string, number>;
  return {
    Timestamp: new Date(period.startMs),
    ...valuesOf(asked.simple),
    Unit: unit as StandardUnit,
    ...(asked.extended.length > 0 && { ExtendedStatistics: extended }),
  };
}
