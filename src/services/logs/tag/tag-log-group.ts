// TagLogGroup. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagLogGroup.html

import type { TagLogGroupRequest } from "../../../models/logs.ts";
import type { Call } from "../../../wire/call.ts";
import { named } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { addTags } from "./tagged-group.ts";

export async function tagLogGroup(input: TagLogGroupRequest, call: Call, logs: Logs): Promise<void> {
  await addTags(logs, named(call, input.logGroupName), input.tags);
}
