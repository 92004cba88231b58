// ChangeMessageVisibility: from now on; 0 releases the message.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html

import type { ChangeMessageVisibilityRequest } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { onQueue } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";
import { checkVisibility, handleOf, refuseChange } from "./held-message.ts";

export function changeMessageVisibility(input: ChangeMessageVisibilityRequest, call: Call, sqs: Sqs): Promise<void> {
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    const handle = await handleOf(queue, input.ReceiptHandle, sqs);
    checkVisibility(input.VisibilityTimeout, handle, sqs.queues.nowMs());
    const [isChanged] = await sqs.queues.changeVisibility(queue, [{ ...handle, visibilityMs: input.VisibilityTimeout * 1_000 }]);
    if (isChanged !== true) await refuseChange(queue, input.ReceiptHandle, handle, sqs);
  });
}
