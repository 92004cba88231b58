// DeleteRetentionPolicy: events are kept for ever again.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteRetentionPolicy.html

import type { DeleteRetentionPolicyRequest } from "../../../models/logs.ts";
import { changeGroup } from "../../../observe/log-groups.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { named } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { noSuchGroup } from "../refusals.ts";

export async function deleteRetentionPolicy(input: DeleteRetentionPolicyRequest, call: Call, logs: Logs): Promise<void> {
  const outcome = await logs.run(changeGroup, { ...named(call, input.logGroupName), retentionDays: null });
  if (outcome === "missing") throw noSuchGroup();
}
