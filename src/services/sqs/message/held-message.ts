// A receipt handle that a caller gives back, and what deleting and changing visibility make of one that has had its day.

import { ServiceError } from "../../../lib/errors.ts";
import type { Handle } from "../../../queues/receipt-handle.ts";
import type { SqsQueue } from "../../../queues/sqs-queue.ts";
import { invalidHandle, invalidParameter } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";

const VISIBILITY_S_MAX = 43_200;

/** Throws ReceiptHandleIsInvalid: it is no handle of a message of this queue. */
export async function handleOf(queue: SqsQueue, text: string, sqs: Sqs): Promise<Handle> {
  const handle = await sqs.queues.handle(text);
  if (handle === undefined || handle.queueId !== queue.id) throw invalidHandle(text);
  return handle;
}

/**
 * What to answer when nothing was deleted. A standard queue says nothing; a FIFO queue tells that the lease is over, because the message
 * may be at somebody else's by now.
 */
export async function checkDeletion(queue: SqsQueue, text: string, { id }: Handle, sqs: Sqs): Promise<void> {
  if (!queue.isFifo || (await sqs.queues.stateOf(queue, id)) === undefined) return;
  throw invalidParameter("ReceiptHandle", text, "The receipt handle has expired.");
}

/** Throws InvalidParameterValue. 12 hours in all, from when the message was received. */
export function checkVisibility(seconds: number, { receivedAtMs }: Handle, nowMs: number): void {
  if (seconds < 0 || seconds > VISIBILITY_S_MAX) {
    throw invalidParameter("VisibilityTimeout", seconds, `Must be >= 0 and <= ${VISIBILITY_S_MAX}, if provided.`);
  }
  // 0 releases it, however long it was held.
  if (seconds === 0 || nowMs + seconds * 1_000 - receivedAtMs <= VISIBILITY_S_MAX * 1_000 + SLACK_MS) return;
  const reason = `Total VisibilityTimeout for the message is beyond the limit [${VISIBILITY_S_MAX} seconds]`;
  throw invalidParameter("VisibilityTimeout", seconds, reason);
}

/** 43,200 right after the message was received is within the limit. */
const SLACK_MS = 1_000;

/** Throws what says why the visibility could not be changed. */
export async function refuseChange(queue: SqsQueue, text: string, handle: Handle, sqs: Sqs): Promise<never> {
  const state = await sqs.queues.stateOf(queue, handle.id);
  if (state?.receive_count === handle.receiveCount && !queue.isFifo) {
    throw new ServiceError("MessageNotInflight", 400, "The message referred to isn't in flight.");
  }
  throw invalidParameter("ReceiptHandle", text, "Message does not exist or is not available for visibility timeout change.");
}
