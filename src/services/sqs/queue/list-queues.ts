// ListQueues: those of the caller's account and region, in the order of their names.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html

import type { ListQueuesRequest, ListQueuesResult } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import type { Sqs } from "../sqs.ts";
import { pageOf } from "./page.ts";

export async function listQueues(input: ListQueuesRequest, call: Call, sqs: Sqs): Promise<ListQueuesResult> {
  const { account, region } = call;
  const { urls, NextToken } = await pageOf(input, { account, region, prefix: input.QueueNamePrefix ?? "" }, call, sqs);
  return { QueueUrls: urls.length === 0 ? undefined : urls, NextToken };
}
