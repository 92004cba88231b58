// PutRetentionPolicy: after how many days events are deleted. observe/log-upkeep.ts does it.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html

import type { PutRetentionPolicyRequest } from "../../../models/logs.ts";
import { changeGroup } from "../../../observe/log-groups.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { named } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { invalidParameter, noSuchGroup } from "../refusals.ts";

const DAYS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

export async function putRetentionPolicy(input: PutRetentionPolicyRequest, call: Call, logs: Logs): Promise<void> {
  if (!DAYS.includes(input.retentionInDays)) {
    throw invalidParameter(`Invalid retention value. Valid values are: [${DAYS.join(", ")}]`);
  }
  const outcome = await logs.run(changeGroup, { ...named(call, input.logGroupName), retentionDays: input.retentionInDays });
  if (outcome === "missing") throw noSuchGroup();
}
