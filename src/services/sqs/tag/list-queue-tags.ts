// ListQueueTags.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html

import type { ListQueueTagsRequest, ListQueueTagsResult } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { queueOfUrl } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";

export async function listQueueTags(input: ListQueueTagsRequest, call: Call, sqs: Sqs): Promise<ListQueueTagsResult> {
  const { tags } = await queueOfUrl(input.QueueUrl, call, sqs);
  return Object.keys(tags).length === 0 ? {} : { Tags: { ...tags } };
}
