// UntagLogGroup. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagLogGroup.html

import type { UntagLogGroupRequest } from "../../../models/logs.ts";
import type { Call } from "../../../wire/call.ts";
import { named } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { removeTags } from "./tagged-group.ts";

export async function untagLogGroup(input: UntagLogGroupRequest, call: Call, logs: Logs): Promise<void> {
  await removeTags(logs, named(call, input.logGroupName), input.tags);
}
