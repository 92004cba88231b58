// ListTagsForResource. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_ListTagsForResource.html

import type { ListTagsForResourceRequest, ListTagsForResourceResponse } from "../../../models/logs.ts";
import type { Call } from "../../../wire/call.ts";
import type { Logs } from "../logs.ts";
import { groupOfArn, tagsOf } from "./tagged-group.ts";

export async function listTagsForResource(input: ListTagsForResourceRequest, call: Call, logs: Logs): Promise<ListTagsForResourceResponse> {
  return { tags: { ...(await tagsOf(logs, groupOfArn(call, input.resourceArn))) } };
}
