// PurgeQueue: all that was sent before, also what somebody holds. Once in 60 seconds.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html

import { ServiceError } from "../../../lib/errors.ts";
import type { PurgeQueueRequest } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { onQueue } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";

/** AWS answers at once and takes up to a minute; here the messages are gone when the call is answered. */
export function purgeQueue(input: PurgeQueueRequest, call: Call, sqs: Sqs): Promise<void> {
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    if (await sqs.queues.purge(queue, sqs.queues.nowMs())) return;
    throw new ServiceError("PurgeQueueInProgress", 403, `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`);
  });
}
