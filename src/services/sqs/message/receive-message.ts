// ReceiveMessage. Who waits is woken by the message, not by a timer.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html

import { ServiceError } from "../../../lib/errors.ts";
import type { Message, ReceiveMessageRequest, ReceiveMessageResult } from "../../../models/sqs.ts";
import { IN_FLIGHT_MAX } from "../../../queues/in-flight.ts";
import type { SqsMessage } from "../../../queues/message.ts";
import { numberOf } from "../../../queues/queue-attributes.ts";
import type { SqsQueue } from "../../../queues/sqs-queue.ts";
import type { Call } from "../../../wire/call.ts";
import { onQueue } from "../queue-url.ts";
import { invalidParameter } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";
import { Selection } from "./selection.ts";

const MESSAGES_MAX = 10;
const WAIT_S_MAX = 20;
const VISIBILITY_S_MAX = 43_200;
const ATTEMPT = /^[!-~]{1,128}$/;

export async function receiveMessage(input: ReceiveMessageRequest, call: Call, sqs: Sqs): Promise<ReceiveMessageResult> {
  const { MaxNumberOfMessages: max = 1, WaitTimeSeconds: waitS, VisibilityTimeout: visibilityS } = input;
  if (max < 1 || max > MESSAGES_MAX) {
    throw invalidParameter("MaxNumberOfMessages", max, `Must be between 1 and ${MESSAGES_MAX}, if provided.`);
  }
  if (waitS !== undefined && (waitS < 0 || waitS > WAIT_S_MAX)) {
    throw invalidParameter("WaitTimeSeconds", waitS, `Must be >= 0 and <= ${WAIT_S_MAX}, if provided.`);
  }
  if (visibilityS !== undefined && (visibilityS < 0 || visibilityS > VISIBILITY_S_MAX)) {
    throw invalidParameter("VisibilityTimeout", visibilityS, `Must be >= 0 and <= ${VISIBILITY_S_MAX}, if provided.`);
  }
  const selection = new Selection(input);
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    const messages = await take(queue, { ...input, MaxNumberOfMessages: max }, call, sqs);
    return messages.length === 0 ? {} : { Messages: messages.map((message) => describe(message, selection)) };
  });
}

type Asked = ReceiveMessageRequest & { readonly MaxNumberOfMessages: number };

async function take(queue: SqsQueue, input: Asked, call: Call, sqs: Sqs): Promise<readonly SqsMessage[]> {
  const attempt = attemptOf(queue, input);
  const visibilityMs = (input.VisibilityTimeout ?? numberOf(queue, "VisibilityTimeout")) * 1_000;
  const again = attempt === undefined ? undefined : await takeAgain(queue, attempt, visibilityMs, sqs);
  if (again !== undefined) return again;
  const waitMs = (input.WaitTimeSeconds ?? numberOf(queue, "ReceiveMessageWaitTimeSeconds")) * 1_000;
  const taken = await sqs.queues.receive(queue, {
    max: input.MaxNumberOfMessages,
    // The queue's own is left to the store: callers that ask for the same are served together.
    visibilityMs: input.VisibilityTimeout === undefined ? undefined : visibilityMs,
    waitMs,
    signal: waitMs > 0 ? call.signal : undefined,
  });
  if (taken === "over-limit") return overLimit(queue, waitMs);
  if (call.signal.aborted && taken.length > 0) return giveBack(queue, taken, sqs);
  if (attempt !== undefined) sqs.attempts.keep(queue.id, attempt, taken);
  return taken;
}

/** The caller has gone: nobody would know of them until their leases end. */
async function giveBack(queue: SqsQueue, taken: readonly SqsMessage[], sqs: Sqs): Promise<readonly SqsMessage[]> {
  await sqs.queues.giveBack(
    queue,
    taken.map(({ receipt }) => receipt),
  );
  return [];
}

/** AWS: only a short poll of a standard queue is told. */
function overLimit(queue: SqsQueue, waitMs: number): readonly SqsMessage[] {
  if (queue.isFifo || waitMs > 0) return [];
  throw new ServiceError("OverLimit", 403, `Too many messages in flight: the queue has reached its limit of ${IN_FLIGHT_MAX}.`);
}

function attemptOf(queue: SqsQueue, { ReceiveRequestAttemptId: id }: Asked): string | undefined {
  if (id === undefined) return undefined;
  if (!queue.isFifo) {
    throw invalidParameter("ReceiveRequestAttemptId", id, "The request include parameter that is not valid for this queue type.");
  }
  if (ATTEMPT.test(id)) return id;
  const reason = "ReceiveRequestAttemptId can only include alphanumeric and punctuation characters. 1 to 128 in length.";
  throw invalidParameter("ReceiveRequestAttemptId", id, reason);
}

/** The same messages, if nobody has deleted or released one of them since; they are invisible from now on again. */
async function takeAgain(queue: SqsQueue, attempt: string, visibilityMs: number, sqs: Sqs): Promise<readonly SqsMessage[] | undefined> {
  const messages = sqs.attempts.find(queue.id, attempt);
  if (messages === undefined || messages.length === 0) return undefined;
  const held = await sqs.queues.changeVisibility(
    queue,
    messages.map(({ receipt }) => ({ ...receipt, visibilityMs })),
  );
  return held.every(Boolean) ? messages : undefined;
}

function describe(message: SqsMessage, selection: Selection): Message {
  const attributes = selection.userAttributes(message.attributes);
  return {
    MessageId: message.messageId,
    ReceiptHandle: message.receiptHandle,
    MD5OfBody: message.md5OfBody,
    Body: message.body,
    Attributes: selection.systemAttributes(message.systemAttributes),
    ...attributes,
  };
}
