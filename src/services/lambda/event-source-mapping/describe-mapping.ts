// A mapping as AWS shows it. A state on its way (Creating, Updating …) stands in the answer to the change alone: by the next call it has settled.

import { partitionOf } from "../../../functions/name.ts";
import type { EventSourceMappingConfiguration } from "../../../models/lambda.ts";
import type { Mapping } from "../../../sources/mapping.ts";
import { findSource } from "../../../sources/mapping-source.ts";
import type { Lambda } from "../lambda.ts";
import { mappedArn } from "./mapping-target.ts";

type Moving = "Creating" | "Enabling" | "Disabling" | "Updating" | "Deleting";

/**
 * With what keeps it from receiving, if something does.
 * AWS: such a mapping stays Enabled here and goes on by itself; there Lambda may disable it. LastProcessingResult is the field that streams have.
 */
export async function showMapping(mapping: Mapping, lambda: Lambda): Promise<EventSourceMappingConfiguration> {
  const found = mapping.isEnabled ? await findSource(mapping, lambda) : {};
  const shown = describeMapping(mapping);
  return "problem" in found ? { ...shown, LastProcessingResult: `PROBLEM: ${found.problem}` } : shown;
}

export function describeMapping(mapping: Mapping, moving?: Moving): EventSourceMappingConfiguration {
  const { uuid, settings, isEnabled } = mapping;
  const { batchSize, windowS, filters, reportsItemFailures, countsEvents, concurrencyMax } = settings;
  return {
    UUID: uuid,
    EventSourceMappingArn: arnOfMapping(mapping),
    EventSourceArn: mapping.sourceArn,
    FunctionArn: mappedArn(mapping),
    BatchSize: batchSize,
    MaximumBatchingWindowInSeconds: windowS,
    FunctionResponseTypes: reportsItemFailures ? ["ReportBatchItemFailures"] : [],
    ...(filters.length === 0 ? {} : { FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) } }),
    ...(countsEvents === true ? { MetricsConfig: { Metrics: ["EventCount"] } } : {}),
    ...(concurrencyMax === undefined ? {} : { ScalingConfig: { MaximumConcurrency: concurrencyMax } }),
    LastModified: new Date(mapping.modifiedMs),
    State: moving ?? (isEnabled ? "Enabled" : "Disabled"),
    StateTransitionReason: "USER_INITIATED",
  };
}

export function arnOfMapping({ uuid, account, region }: Pick<Mapping, "uuid" | "account" | "region">): string {
  return `arn:${partitionOf(region)}:lambda:${region}:${account}:event-source-mapping:${uuid}`;
}
