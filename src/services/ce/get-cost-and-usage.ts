// GetCostAndUsage: what this server's functions have cost, as Cost Explorer answers it: by day, month or hour, filtered and grouped.
// https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html
//
// AWS: the costs are those of this server's meter at the first tier's price and without the free tier, a moment after they arise and not a day.

import type { BillItem } from "../../metering/bill.ts";
import type { GetCostAndUsageRequest, GetCostAndUsageResponse, GroupDefinition, MetricValue, ResultByTime } from "../../models/ce.ts";
import type { Call } from "../../wire/call.ts";
import type { CostExplorer } from "./cost-explorer.ts";
import { dimensionOf, filterOf, invalid, type TagsOf } from "./dimensions.ts";
import { type Span, spanAt, spansOf } from "./spans.ts";
import { usageTypeOf } from "./usage-types.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const GROUPS_MAX = 2;
/** Discounts and credits do not exist here: all of AWS's views of a cost are the same. */
const COSTS = ["UnblendedCost", "BlendedCost", "AmortizedCost", "NetUnblendedCost", "NetAmortizedCost"];
const AMOUNTS = ["UsageQuantity", "NormalizedUsageAmount"];

export async function getCostAndUsage(input: GetCostAndUsageRequest, call: Call, explorer: CostExplorer): Promise<GetCostAndUsageResponse> {
  if (input.BillingViewArn !== undefined) throw invalid("lambent does not support BillingViewArn yet.");
  if (input.NextPageToken !== undefined) throw invalid("Invalid NextPageToken: every answer is whole.");
  const nowMs = explorer.clock.nowMs();
  const spans = spansOf(input.TimePeriod, input.Granularity);
  if (input.Metrics.length === 0) throw invalid("Metrics is required: name at least one.");
  const metrics = input.Metrics.map(metricName);
  const tagsOf = functionTags(explorer);
  const passes = filterOf(input.Filter, tagsOf);
  if ((input.GroupBy?.length ?? 0) > GROUPS_MAX) throw invalid(`GroupBy takes at most ${GROUPS_MAX} groups.`);
  const keys = (input.GroupBy ?? []).map((group) => keyOf(group, tagsOf));
  const period = { account: call.account, fromMs: spans[0]!.fromMs, toMs: spans.at(-1)!.toMs };
  const items = (await explorer.costs.items(period, input.Granularity === "HOURLY" ? HOUR_MS : DAY_MS)).filter(passes);
  const bySpan = Map.groupBy(items, ({ startMs }) => spanAt(spans, startMs));
  return {
    ...(input.GroupBy === undefined ? {} : { GroupDefinitions: input.GroupBy }),
    ResultsByTime: spans.map((span, place) => result(span, bySpan.get(place) ?? [], { keys, metrics, nowMs })),
    DimensionValueAttributes: [],
  };
}

/** AWS's tools send UNBLENDED_COST too. */
function metricName(text: string): string {
  const plain = text.replaceAll("_", "").toLowerCase();
  const found = [...COSTS, ...AMOUNTS].find((name) => name.toLowerCase() === plain);
  if (found === undefined) throw invalid(`Invalid metric ${text}. Valid values are ${[...COSTS, ...AMOUNTS].join(", ")}.`);
  return found;
}

type KeyOf = (item: BillItem) => string;

function keyOf({ Type, Key }: GroupDefinition, tagsOf: TagsOf): KeyOf {
  if (Type === "COST_CATEGORY") throw invalid("lambent does not support grouping by COST_CATEGORY yet.");
  if (Type === "TAG") return (item) => `${Key}$${tagsOf(item).get(Key ?? "") ?? ""}`;
  return dimensionOf(Key);
}

interface Asked {
  readonly keys: readonly KeyOf[];
  readonly metrics: readonly string[];
  readonly nowMs: number;
}

function result({ toMs, TimePeriod }: Span, within: readonly BillItem[], { keys, metrics, nowMs }: Asked): ResultByTime {
  const Estimated = toMs > nowMs;
  if (keys.length === 0) return { TimePeriod, Total: measured(within, metrics), Groups: [], Estimated };
  const groups = Map.groupBy(within, (item) => JSON.stringify(keys.map((key) => key(item))));
  const Groups = [...groups].map(([text, group]) => ({ Keys: JSON.parse(text) as string[], Metrics: measured(group, metrics) }));
  return { TimePeriod, Total: {}, Groups, Estimated };
}

function measured(items: readonly BillItem[], metrics: readonly string[]): Record<string, MetricValue> {
  return Object.fromEntries(metrics.map((metric) => [metric, COSTS.includes(metric) ? costOf(items) : usageOf(items, metric)]));
}

function costOf(items: readonly BillItem[]): MetricValue {
  return { Amount: decimal(items.reduce((sum, { usd }) => sum + usd, 0)), Unit: "USD" };
}

/** Requests and seconds added up make no sense, and AWS does it all the same, with the unit N/A. */
function usageOf(items: readonly BillItem[], metric: string): MetricValue {
  if (metric === "NormalizedUsageAmount") return { Amount: "0", Unit: "N/A" };
  const units = new Set(items.map((item) => usageTypeOf(item).unit));
  return { Amount: decimal(items.reduce((sum, { quantity }) => sum + quantity, 0)), Unit: units.size === 1 ? [...units][0]! : "N/A" };
}

/** Without an exponent, and without zeros at the end. */
function decimal(value: number): string {
  return value === 0 ? "0" : value.toFixed(10).replace(/\.?0+$/, "") || "0";
}

function functionTags({ catalogue }: CostExplorer): TagsOf {
  return ({ account, region, resource: name, version }) =>
    (version === undefined ? undefined : catalogue.find({ account, region, name })?.tags) ?? new Map();
}
