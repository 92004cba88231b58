// SendMessageBatch: up to ten messages; a bad one fails alone, the others are on disk together.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html

import { ServiceError } from "../../../lib/errors.ts";
import type { SendMessageBatchRequest, SendMessageBatchResult } from "../../../models/sqs.ts";
import { MESSAGE_BYTES_MAX } from "../../../queues/queue-attributes.ts";
import type { Call } from "../../../wire/call.ts";
import { batchResult, checkEntries, eachEntry } from "../batch.ts";
import { onQueue } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";
import { inCallersTrace } from "./callers-trace.ts";
import { bytesOf, checkedMessage } from "./checked-message.ts";
import { describeSent } from "./send-message.ts";

export async function sendMessageBatch(input: SendMessageBatchRequest, call: Call, sqs: Sqs): Promise<SendMessageBatchResult> {
  const senderId = await sqs.senderOf(call);
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    checkEntries(input.Entries, "SendMessageBatch");
    checkBytes(input.Entries);
    const { good, Failed } = await eachEntry(input.Entries, (entry) => checkedMessage(queue, entry, senderId));
    const sent = await sqs.queues.send(
      queue,
      good.map(({ value }) => inCallersTrace(value, call)),
    );
    return batchResult(
      good.map(({ Id, value }, place) => ({ Id, ...describeSent(value, sent[place]!) })), // answers in order
      Failed,
    );
  });
}

function checkBytes(entries: SendMessageBatchRequest["Entries"]): void {
  const bytes = entries.reduce((sum, { MessageBody, MessageAttributes }) => sum + bytesOf(MessageBody, MessageAttributes), 0);
  if (bytes <= MESSAGE_BYTES_MAX) return;
  throw new ServiceError(
    "BatchRequestTooLong",
    400,
    `Batch requests cannot be longer than ${MESSAGE_BYTES_MAX} bytes. You have sent ${bytes} bytes.`,
  );
}
