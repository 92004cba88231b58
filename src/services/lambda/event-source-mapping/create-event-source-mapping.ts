// CreateEventSourceMapping: a queue feeds a function from now on.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html

import type { CreateEventSourceMappingRequest, EventSourceMappingConfiguration } from "../../../models/lambda.ts";
import type { Mapping } from "../../../sources/mapping.ts";
import { insertMapping } from "../../../sources/mappings.procs.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { checkTags } from "../tag/tag-rules.ts";
import { describeMapping } from "./describe-mapping.ts";
import { mappingExists } from "./mapping-conflict.ts";
import { checkMembers, checkSettings, DEFAULT_SETTINGS, settingsWith } from "./mapping-settings.ts";
import { checkPermission, checkSource, checkVisibility, mappedFunction, mappedQueue } from "./mapping-target.ts";

export async function createEventSourceMapping(
  input: CreateEventSourceMappingRequest,
  call: Call,
  lambda: Lambda,
): Promise<EventSourceMappingConfiguration> {
  const sourceArn = checkSource(input.EventSourceArn, input.SelfManagedEventSource !== undefined);
  checkMembers(input);
  const { functionName, qualifier, version } = await mappedFunction(lambda, call, "CreateEventSourceMapping", input.FunctionName);
  const queue = await mappedQueue(lambda, sourceArn);
  const settings = settingsWith(DEFAULT_SETTINGS, input);
  checkSettings(settings, queue);
  checkVisibility(queue, version);
  await checkPermission(queue, version, lambda);
  const tags = input.Tags ?? {};
  checkTags(Object.entries(tags), lambda.limits);
  const mapping: Mapping = {
    uuid: lambda.random.uuid(),
    account: call.account,
    region: call.region,
    functionName,
    qualifier,
    sourceArn,
    isEnabled: input.Enabled ?? true,
    settings,
    tags,
    revision: 1,
    modifiedMs: lambda.clock.nowMs(),
  };
  const outcome = await lambda.database.run(insertMapping, mapping);
  if (outcome !== "inserted") throw mappingExists(mapping, outcome);
  return describeMapping(mapping, "Creating");
}
