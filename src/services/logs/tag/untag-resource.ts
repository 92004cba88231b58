// UntagResource. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UntagResource.html

import type { UntagResourceRequest } from "../../../models/logs.ts";
import type { Call } from "../../../wire/call.ts";
import type { Logs } from "../logs.ts";
import { groupOfArn, removeTags } from "./tagged-group.ts";

export async function untagResource(input: UntagResourceRequest, call: Call, logs: Logs): Promise<void> {
  await removeTags(logs, groupOfArn(call, input.resourceArn), input.tagKeys);
}
