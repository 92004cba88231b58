// ListDeadLetterSourceQueues: the queues whose dead letters go to this one.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html

import type { ListDeadLetterSourceQueuesRequest, ListDeadLetterSourceQueuesResult } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { queueOfUrl } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";
import { pageOf } from "./page.ts";

export async function listDeadLetterSourceQueues(
  input: ListDeadLetterSourceQueuesRequest,
  call: Call,
  sqs: Sqs,
): Promise<ListDeadLetterSourceQueuesResult> {
  const { account, region, name: deadLetterName } = await queueOfUrl(input.QueueUrl, call, sqs);
  const { urls, NextToken } = await pageOf(input, { account, region, prefix: "", deadLetterName }, call, sqs);
  return { queueUrls: urls, NextToken };
}
