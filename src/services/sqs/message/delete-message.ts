// DeleteMessage. Of a message that is gone, or that somebody else has received since, AWS says nothing.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html

import type { DeleteMessageRequest } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { onQueue } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";
import { checkDeletion, handleOf } from "./held-message.ts";

export function deleteMessage(input: DeleteMessageRequest, call: Call, sqs: Sqs): Promise<void> {
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    const handle = await handleOf(queue, input.ReceiptHandle, sqs);
    const [isDeleted] = await sqs.queues.remove(queue, [handle]);
    if (isDeleted !== true) await checkDeletion(queue, input.ReceiptHandle, handle, sqs);
  });
}
