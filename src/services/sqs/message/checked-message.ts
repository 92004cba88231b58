// A message as a caller sends it, checked by AWS's rules and made ready for the queue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html

import { ServiceError } from "../../../lib/errors.ts";
import type { SendMessageRequest } from "../../../models/sqs.ts";
import type { OutgoingMessage } from "../../../queues/message.ts";
import { bytesOfAttributes } from "../../../queues/message-attributes.ts";
import { attributeOf, numberOf } from "../../../queues/queue-attributes.ts";
import type { SqsQueue } from "../../../queues/sqs-queue.ts";
import { invalidParameter, invalidValue, missingParameter } from "../refusals.ts";
import { checkedAttributes, traceHeaderOf } from "./checked-attributes.ts";
import { PRINTABLE, unprintable } from "./printable.ts";

export type Sending = Omit<SendMessageRequest, "QueueUrl">;

const DELAY_S_MAX = 900;
/** Recorded: letters, digits and punctuation. */
const TOKEN = /^[!-~]{1,128}$/;

/** Throws ServiceError. */
export function checkedMessage(queue: SqsQueue, sending: Sending, senderId: string): OutgoingMessage {
  const { MessageBody: body, MessageGroupId: groupId, MessageDeduplicationId: dedupId } = sending;
  if (body === "") throw missingParameter("MessageBody");
  const stray = unprintable(body);
  if (stray !== undefined) throw invalidContents(stray);
  const attributes = checkedAttributes(sending.MessageAttributes ?? {});
  const bytes = bytesOf(body, attributes);
  const bytesMax = numberOf(queue, "MaximumMessageSize");
  if (bytes > bytesMax) throw invalidValue(`One or more parameters are invalid. Reason: Message must be shorter than ${bytesMax} bytes.`);
  checkTokens(queue, groupId, dedupId);
  const traceHeader = traceHeaderOf(sending.MessageSystemAttributes);
  return { body, senderId, attributes, traceHeader, delayMs: delayOf(queue, sending.DelaySeconds), groupId, dedupId };
}

export function bytesOf(body: string, attributes: OutgoingMessage["attributes"]): number {
  return Buffer.byteLength(body) + bytesOfAttributes(attributes ?? {});
}

function delayOf(queue: SqsQueue, seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (seconds < 0 || seconds > DELAY_S_MAX)
    throw invalidParameter("DelaySeconds", seconds, `DelaySeconds must be >= 0 and <= ${DELAY_S_MAX}.`);
  if (!queue.isFifo) return seconds * 1_000;
  if (seconds > 0) throw notForThisType("DelaySeconds", seconds);
  return undefined;
}

function checkTokens(queue: SqsQueue, groupId: string | undefined, dedupId: string | undefined): void {
  if (groupId !== undefined && !TOKEN.test(groupId)) throw badToken("MessageGroupId", groupId);
  if (!queue.isFifo) {
    if (dedupId !== undefined) throw notForThisType("MessageDeduplicationId", dedupId);
    return;
  }
  if (groupId === undefined) throw missingParameter("MessageGroupId");
  if (dedupId !== undefined && !TOKEN.test(dedupId)) throw badToken("MessageDeduplicationId", dedupId);
  if (dedupId === undefined && attributeOf(queue, "ContentBasedDeduplication") !== "true") {
    throw invalidValue("The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly");
  }
}

function notForThisType(name: string, value: string | number): ServiceError {
  return invalidParameter(name, value, "The request include parameter that is not valid for this queue type.");
}

function badToken(name: string, value: string): ServiceError {
  return invalidParameter(name, value, `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`);
}

function invalidContents(character: string): ServiceError {
  const sentence = `Invalid binary character '${character}' was found in the message body, the set of allowed characters is ${PRINTABLE}.`;
  return new ServiceError("InvalidMessageContents", 400, sentence);
}
