// GetQueueUrl.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html

import type { GetQueueUrlRequest, GetQueueUrlResult } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { refuseOtherAccounts, urlOf } from "../queue-url.ts";
import { noSuchQueue } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";

export async function getQueueUrl(input: GetQueueUrlRequest, call: Call, sqs: Sqs): Promise<GetQueueUrlResult> {
  const place = { account: input.QueueOwnerAWSAccountId ?? call.account, region: call.region, name: input.QueueName };
  refuseOtherAccounts(place, call, sqs);
  const queue = await sqs.queues.find(place);
  if (queue === undefined) throw noSuchQueue(call);
  return { QueueUrl: urlOf(queue, call) };
}
