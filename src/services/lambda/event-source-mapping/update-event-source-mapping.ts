// UpdateEventSourceMapping: what the request names changes, the rest stays.
// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html

import type { EventSourceMappingConfiguration, UpdateEventSourceMappingRequest } from "../../../models/lambda.ts";
import type { Mapping } from "../../../sources/mapping.ts";
import { mappedVersion } from "../../../sources/mapping-source.ts";
import { readMapping, updateMapping } from "../../../sources/mappings.procs.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { describeMapping } from "./describe-mapping.ts";
import { mappingExists } from "./mapping-conflict.ts";
import { checkMembers, checkSettings, settingsWith } from "./mapping-settings.ts";
import { checkPermission, checkVisibility, keyOf, mappedFunction, mappedQueue, noMapping } from "./mapping-target.ts";

export async function updateEventSourceMapping(
  input: UpdateEventSourceMappingRequest,
  call: Call,
  lambda: Lambda,
): Promise<EventSourceMappingConfiguration> {
  checkMembers(input);
  for (;;) {
    const before = await lambda.database.read(readMapping, keyOf(call, input.UUID));
    if (before === undefined) throw noMapping();
    const after = await changed(before, input, call, lambda);
    const outcome = await lambda.database.run(updateMapping, after);
    if (outcome === "updated") return describeMapping(after, moveOf(before, after));
    if (outcome !== "changed") throw mappingExists(after, outcome);
  }
}

/** Its queue and its function are looked at where the change is about them: a mapping of a deleted queue can still be disabled. */
async function changed(before: Mapping, input: UpdateEventSourceMappingRequest, call: Call, lambda: Lambda): Promise<Mapping> {
  const settings = settingsWith(before.settings, input);
  const isOnlySwitched = input.FunctionName === undefined && JSON.stringify(settings) === JSON.stringify(before.settings);
  const next = {
    ...before,
    settings,
    isEnabled: input.Enabled ?? before.isEnabled,
    revision: before.revision + 1,
    modifiedMs: lambda.clock.nowMs(),
  };
  if (isOnlySwitched && !next.isEnabled) return next;
  const queue = await mappedQueue(lambda, before.sourceArn);
  checkSettings(settings, queue);
  if (input.FunctionName === undefined) {
    const version = mappedVersion(before, lambda);
    if (version !== undefined) await checkPermission(queue, version, lambda);
    return next;
  }
  const { functionName, qualifier, version } = await mappedFunction(lambda, call, "UpdateEventSourceMapping", input.FunctionName);
  checkVisibility(queue, version);
  await checkPermission(queue, version, lambda);
  return { ...next, functionName, qualifier };
}

function moveOf(before: Mapping, after: Mapping): "Enabling" | "Disabling" | "Updating" {
  if (before.isEnabled === after.isEnabled) return "Updating";
  return after.isEnabled ? "Enabling" : "Disabling";
}
