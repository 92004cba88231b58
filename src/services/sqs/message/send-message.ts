// SendMessage: answered when the message is on disk.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html

import type { SendMessageRequest, SendMessageResult } from "../../../models/sqs.ts";
import { md5Of, type OutgoingMessage, type SentMessage } from "../../../queues/message.ts";
import { md5OfAttributes } from "../../../queues/message-attributes.ts";
import type { Call } from "../../../wire/call.ts";
import { onQueue } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";
import { inCallersTrace } from "./callers-trace.ts";
import { md5OfTraceHeader } from "./checked-attributes.ts";
import { checkedMessage } from "./checked-message.ts";

export async function sendMessage(input: SendMessageRequest, call: Call, sqs: Sqs): Promise<SendMessageResult> {
  const senderId = await sqs.senderOf(call);
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    const message = checkedMessage(queue, input, senderId);
    const [sent] = await sqs.queues.send(queue, [inCallersTrace(message, call)]);
    return describeSent(message, sent!); // one answer for one message
  });
}

export function describeSent(message: OutgoingMessage, { messageId, sequenceNumber }: SentMessage) {
  return {
    MD5OfMessageBody: md5Of(message.body),
    MD5OfMessageAttributes: md5OfAttributes(message.attributes ?? {}),
    MD5OfMessageSystemAttributes: md5OfTraceHeader(message.traceHeader),
    MessageId: messageId,
    SequenceNumber: sequenceNumber,
  };
}
