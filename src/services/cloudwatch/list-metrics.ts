// ListMetrics: the metrics that something was measured of in the last two weeks.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html

import { listSeries } from "../../metering/metrics.procs.ts";
import type { DimensionFilter, ListMetricsInput, ListMetricsOutput, Metric } from "../../models/cloudwatch.ts";
import type { Call } from "../../wire/call.ts";
import type { CloudWatch } from "./cloudwatch.ts";
import { describePairs, type Pairs, parsedPairs } from "./dimensions.ts";
import { invalidValue, unsupported } from "./refusals.ts";

const PAGE = 500;
const LISTED_MS = 14 * 86_400_000;
const RECENTLY_MS = 3 * 3_600_000;

export async function listMetrics(input: ListMetricsInput, call: Call, { database, clock, flush }: CloudWatch): Promise<ListMetricsOutput> {
  if (input.IncludeLinkedAccounts === true) throw unsupported("IncludeLinkedAccounts");
  if (input.OwningAccount !== undefined && input.OwningAccount !== call.account) throw unsupported("OwningAccount of another account");
  const from = startOf(input.NextToken);
  await flush();
  const sinceMs = clock.nowMs() - (input.RecentlyActive === undefined ? LISTED_MS : RECENTLY_MS);
  const { account, region } = call;
  const stored = await database.read(listSeries, { account, region, namespace: input.Namespace, name: input.MetricName, sinceMs });
  const metrics = new Map<string, Metric>(); // units do not make another metric
  for (const { namespace, name, dimensions } of stored) {
    const pairs = parsedPairs(dimensions);
    if (!hasAll(pairs, input.Dimensions ?? [])) continue;
    metrics.set(JSON.stringify([namespace, name, dimensions]), {
      Namespace: namespace,
      MetricName: name,
      Dimensions: describePairs(pairs),
    });
  }
  const all = [...metrics.values()];
  return { Metrics: all.slice(from, from + PAGE), ...(all.length > from + PAGE ? { NextToken: `${from + PAGE}` } : {}) };
}

function hasAll(pairs: Pairs, filters: readonly DimensionFilter[]): boolean {
  return filters.every(({ Name, Value }) => pairs.some(([name, value]) => name === Name && (Value === undefined || value === Value)));
}

function startOf(token: string | undefined): number {
  if (token === undefined) return 0;
  if (!/^\d{1,9}$/.test(token)) throw invalidValue("The value for parameter NextToken is invalid.");
  return Number(token);
}
