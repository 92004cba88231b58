// GetMetricData: one statistic each of several metrics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html

import type { GetMetricDataInput, GetMetricDataOutput, MetricDataQuery, MetricDataResult } from "../../models/cloudwatch.ts";
import type { Call } from "../../wire/call.ts";
import type { CloudWatch } from "./cloudwatch.ts";
import { pairsOf } from "./dimensions.ts";
import { type Range, readMetric } from "./read-metric.ts";
import { invalidValue, missing, unsupported } from "./refusals.ts";
import { needsBuckets, statisticOf } from "./statistic.ts";

const QUERIES_MAX = 500;

export async function getMetricData(input: GetMetricDataInput, call: Call, cloudWatch: CloudWatch): Promise<GetMetricDataOutput> {
  const queries = input.MetricDataQueries;
  if (input.NextToken !== undefined) throw invalidValue("The value for parameter NextToken is invalid: every answer is whole.");
  if (input.LabelOptions?.Timezone !== undefined) throw unsupported("LabelOptions.Timezone");
  if (queries.length > QUERIES_MAX)
    throw invalidValue(`The collection MetricDataQueries must not have a size greater than ${QUERIES_MAX}.`);
  const ids = new Set(queries.map(({ Id }) => Id));
  if (ids.size < queries.length) throw invalidValue("The values for parameter id in MetricDataQueries are not unique.");
  for (const query of queries) checkQuery(query, call);
  await cloudWatch.flush();
  const range = { fromMs: input.StartTime.getTime(), toMs: input.EndTime.getTime() };
  const isAscending = input.ScanBy === "TimestampAscending";
  const results = await Promise.all(queries.map((query) => resultOf(query, range, isAscending, call, cloudWatch)));
  return { MetricDataResults: results.filter((_, at) => queries[at]!.ReturnData !== false), Messages: [] };
}

function checkQuery({ Id, Expression, MetricStat, AccountId }: MetricDataQuery, call: Call): void {
  if (!/^[a-z][a-zA-Z0-9_]*$/.test(Id))
    throw invalidValue(`The value for parameter MetricDataQueries.Id ${Id} is not matching the expected pattern.`);
  if (Expression !== undefined) throw unsupported("Expression in MetricDataQueries");
  if (AccountId !== undefined && AccountId !== call.account) throw unsupported("AccountId of another account");
  if (MetricStat === undefined) throw missing("Either Expression or MetricStat must be specified in a MetricDataQuery.");
  if (MetricStat.Metric.Namespace === undefined || MetricStat.Metric.MetricName === undefined)
    throw missing("The parameters MetricStat.Metric.Namespace and MetricStat.Metric.MetricName are required.");
}

async function resultOf(
  { Id, Label, MetricStat }: MetricDataQuery,
  range: Range,
  isAscending: boolean,
  call: Call,
  cloudWatch: CloudWatch,
): Promise<MetricDataResult> {
  const { Metric, Period, Stat, Unit } = MetricStat!;
  const statistic = statisticOf(Stat);
  const name = Metric.MetricName!;
  const asked = {
    namespace: Metric.Namespace!,
    name,
    dimensions: pairsOf(Metric.Dimensions),
    unit: Unit,
    periodS: Period,
    buckets: needsBuckets(Stat),
  };
  const { periods } = await readMetric(asked, range, call, cloudWatch);
  const points = periods.flatMap((period) => {
    const value = statistic(period);
    return value === undefined ? [] : [{ at: new Date(period.startMs), value }];
  });
  if (!isAscending) points.reverse();
  return {
    Id,
    Label: Label ?? name,
    Timestamps: points.map(({ at }) => at),
    Values: points.map(({ value }) => value),
    StatusCode: "Complete",
  };
}
