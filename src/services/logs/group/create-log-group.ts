// CreateLogGroup. AWS: a group of class INFREQUENT_ACCESS can be searched and tailed here like any other.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html

import type { CreateLogGroupRequest } from "../../../models/logs.ts";
import { createGroup } from "../../../observe/log-groups.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { named } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { alreadyExists, invalidParameter, unsupported } from "../refusals.ts";

export async function createLogGroup(input: CreateLogGroupRequest, call: Call, logs: Logs): Promise<void> {
  if (/^aws\//i.test(input.logGroupName)) throw invalidParameter("Log groups starting with AWS/ are reserved for AWS.");
  if (input.kmsKeyId !== undefined) throw unsupported("kmsKeyId");
  if (input.logGroupClass === "DELIVERY") throw unsupported("logGroupClass DELIVERY");
  const outcome = await logs.run(createGroup, {
    ...named(call, input.logGroupName),
    nowMs: logs.clock.nowMs(),
    class: input.logGroupClass ?? "STANDARD",
    isProtected: input.deletionProtectionEnabled ?? false,
    tags: input.tags ?? {},
  });
  if (outcome === "exists") throw alreadyExists("log group");
}
