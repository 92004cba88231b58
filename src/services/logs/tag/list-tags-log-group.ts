// ListTagsLogGroup. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsLogGroup.html

import type { ListTagsLogGroupRequest, ListTagsLogGroupResponse } from "../../../models/logs.ts";
import type { Call } from "../../../wire/call.ts";
import { named } from "../group-name.ts";
import type { Logs } from "../logs.ts";
import { tagsOf } from "./tagged-group.ts";

export async function listTagsLogGroup(input: ListTagsLogGroupRequest, call: Call, logs: Logs): Promise<ListTagsLogGroupResponse> {
  return { tags: { ...(await tagsOf(logs, named(call, input.logGroupName))) } };
}
