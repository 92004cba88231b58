// SetQueueAttributes. What is not named stays as it is.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html

import { ServiceError } from "../../../lib/errors.ts";
import type { SetQueueAttributesRequest } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { onQueue } from "../queue-url.ts";
import { noSuchQueue } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";
import { checkAttributes, checkTogether, refusedDeadLetter } from "./checked-attributes.ts";

export function setQueueAttributes(input: SetQueueAttributesRequest, call: Call, sqs: Sqs): Promise<void> {
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    const { Attributes: given } = input;
    checkAttributes(given, queue.isFifo);
    if (given.FifoQueue === "false") {
      throw new ServiceError(
        "InvalidAttributeValue",
        400,
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
      );
    }
    checkTogether(given, queue.attributes, queue.isFifo);
    const { FifoQueue: _, ...attributes } = given;
    const outcome = await sqs.queues.change({ queueId: queue.id, attributes, nowMs: sqs.queues.nowMs() });
    if (outcome === undefined) throw noSuchQueue(call);
    if (outcome !== "changed") throw refusedDeadLetter(given.RedrivePolicy ?? "", outcome);
  });
}
