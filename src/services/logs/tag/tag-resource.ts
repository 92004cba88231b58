// TagResource. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html

import type { TagResourceRequest } from "../../../models/logs.ts";
import type { Call } from "../../../wire/call.ts";
import type { Logs } from "../logs.ts";
import { addTags, groupOfArn } from "./tagged-group.ts";

export async function tagResource(input: TagResourceRequest, call: Call, logs: Logs): Promise<void> {
  await addTags(logs, groupOfArn(call, input.resourceArn), input.tags);
}
