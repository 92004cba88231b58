// The trace that a request is part of goes with its messages, unless they name their own: so a loop through a queue is found.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-tracing.html

import type { OutgoingMessage } from "../../../queues/message.ts";
import type { Call } from "../../../wire/call.ts";

/** What is longer is no trace header, and would be kept with each message. */
const CHARACTERS_MAX = 512;

export function inCallersTrace(message: OutgoingMessage, { headers }: Call): OutgoingMessage {
  const header = headers["x-amzn-trace-id"];
  if (message.traceHeader !== undefined || header === undefined || header === "" || header.length > CHARACTERS_MAX) return message;
  return { ...message, traceHeader: header };
}
