// PutLogGroupDeletionProtection.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogGroupDeletionProtection.html

import type { PutLogGroupDeletionProtectionRequest } from "../../../models/logs.ts";
import { changeGroup } from "../../../observe/log-groups.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { identified } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { noSuchGroup } from "../refusals.ts";

export async function putLogGroupDeletionProtection(input: PutLogGroupDeletionProtectionRequest, call: Call, logs: Logs): Promise<void> {
  const name = identified(call, input.logGroupIdentifier);
  const outcome = await logs.run(changeGroup, { ...name, isProtected: input.deletionProtectionEnabled });
  if (outcome === "missing") throw noSuchGroup();
}
