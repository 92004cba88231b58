// DeleteQueue: with whatever is in it. Its name rests for 60 seconds.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html

import type { DeleteQueueRequest } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { queueOfUrl } from "../queue-url.ts";
import { noSuchQueue } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";

export async function deleteQueue(input: DeleteQueueRequest, call: Call, sqs: Sqs): Promise<void> {
  const queue = await queueOfUrl(input.QueueUrl, call, sqs);
  if (!(await sqs.queues.delete(queue, sqs.queues.nowMs()))) throw noSuchQueue(call);
}
