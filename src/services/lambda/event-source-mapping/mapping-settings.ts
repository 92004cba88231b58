// What a request says about a mapping of a queue: taken over where it can be, refused by name where not.

import type { CreateEventSourceMappingRequest, FilterCriteria, UpdateEventSourceMappingRequest } from "../../../models/lambda.ts";
import { compileFilters } from "../../../patterns/mapping-filter.ts";
import { PatternError } from "../../../patterns/pattern-error.ts";
import type { SqsQueue } from "../../../queues/sqs-queue.ts";
import type { MappingSettings } from "../../../sources/mapping.ts";
import { invalidParameter, unsupported } from "../refusals.ts";

type Request = CreateEventSourceMappingRequest | UpdateEventSourceMappingRequest;

export const DEFAULT_SETTINGS: MappingSettings = { batchSize: 10, windowS: 0, filters: [], reportsItemFailures: false };

/** AWS: five, and ten where asked for. */
const FILTERS_MAX = 10;

/** What only streams, Kafka and brokers have. */
const FOR_OTHER_SOURCES = [
  "DestinationConfig",
  "ParallelizationFactor",
  "MaximumRecordAgeInSeconds",
  "BisectBatchOnFunctionError",
  "MaximumRetryAttempts",
  "TumblingWindowInSeconds",
  "Topics",
  "Queues",
  "SourceAccessConfigurations",
  "AmazonManagedKafkaEventSourceConfig",
  "SelfManagedKafkaEventSourceConfig",
  "DocumentDBEventSourceConfig",
] as const;

/** What queues have too, and lambent does not act on yet. */
const NOT_YET = ["KMSKeyArn", "LoggingConfig", "ProvisionedPollerConfig"] as const;

export function checkMembers(input: Request): void {
  const given: Readonly<Record<string, unknown>> = { ...input };
  if (asksForSomething(given.StartingPosition)) throw invalidParameter("StartingPosition is not valid for SQS event sources.");
  for (const name of FOR_OTHER_SOURCES) {
    if (asksForSomething(given[name])) throw invalidParameter(`Unsupported ${name} parameter for given event source mapping type.`);
  }
  const metric = input.MetricsConfig?.Metrics?.find((name) => name !== "EventCount");
  if (metric !== undefined) throw unsupported(`MetricsConfig ${metric}`);
  for (const name of NOT_YET) if (asksForSomething(given[name])) throw unsupported(name);
}

/** What the request does not name stays. An empty FilterCriteria or ScalingConfig removes what there was. */
export function settingsWith(before: MappingSettings, input: Request): MappingSettings {
  const { BatchSize, MaximumBatchingWindowInSeconds, FilterCriteria, FunctionResponseTypes, MetricsConfig, ScalingConfig } = input;
  return {
    batchSize: BatchSize ?? before.batchSize,
    windowS: MaximumBatchingWindowInSeconds ?? before.windowS,
    filters: FilterCriteria === undefined ? before.filters : patternsOf(FilterCriteria),
    reportsItemFailures:
      FunctionResponseTypes === undefined ? before.reportsItemFailures : FunctionResponseTypes.includes("ReportBatchItemFailures"),
    countsEvents: MetricsConfig === undefined ? before.countsEvents : MetricsConfig.Metrics?.includes("EventCount"),
    concurrencyMax: ScalingConfig === undefined ? before.concurrencyMax : ScalingConfig.MaximumConcurrency,
  };
}

export function checkSettings({ batchSize, windowS, filters }: MappingSettings, { isFifo }: SqsQueue): void {
  if (isFifo && windowS > 0) throw invalidParameter("Batching window is not supported for FIFO queues");
  if (batchSize > 10 && windowS === 0) {
    throw invalidParameter("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10");
  }
  if (filters.length > FILTERS_MAX) throw invalidParameter(`An event source mapping can have at most ${FILTERS_MAX} filters.`);
  try {
    compileFilters(filters, "body");
  } catch (error) {
    if (error instanceof PatternError) throw invalidParameter("Invalid filter pattern definition.", error);
    throw error;
  }
}

/** A filter without a pattern wants everything, on AWS too: it counts as none. */
function patternsOf({ Filters = [] }: FilterCriteria): readonly string[] {
  return Filters.flatMap(({ Pattern }) => (Pattern === undefined ? [] : [Pattern]));
}

function asksForSomething(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === "") return false;
  if (typeof value !== "object" || value instanceof Date) return true;
  return Object.values(value).some(asksForSomething);
}
