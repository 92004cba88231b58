// Calls of SQS's API that only manage queues are requests too. Those that touch messages are counted by the queues themselves, whoever makes them.
// https://aws.amazon.com/sqs/pricing

import type { Operations } from "../gateway/services.ts";
import { isFifoName } from "../queues/sqs-queue.ts";
import type { Call } from "../wire/call.ts";

const WITH_MESSAGES = new Set([
  "SendMessage",
  "SendMessageBatch",
  "ReceiveMessage",
  "DeleteMessage",
  "DeleteMessageBatch",
  "ChangeMessageVisibility",
  "ChangeMessageVisibilityBatch",
]);

/** Who is billed, and for which queue: "" where the call names none. */
export interface ManagingCall {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly isFifo: boolean;
}

/** `count` is called for each that succeeds. AWS: whether refused ones are billed is not documented; here they are not. */
export function countingManagement(operations: Operations, count: (call: ManagingCall) => void): Operations {
  const entries = Object.entries(operations).map(([operation, handler]) => {
    if (handler === "not-implemented" || WITH_MESSAGES.has(operation)) return [operation, handler] as const;
    const counted = async (input: never, call: Call, context: never) => {
      const output = await handler(input, call, context);
      const name = queueIn(input);
      count({ account: call.account, region: call.region, name, isFifo: isFifoName(name) });
      return output;
    };
    return [operation, counted] as const;
  });
  return Object.fromEntries(entries);
}

function queueIn({ QueueName, QueueUrl }: { readonly QueueName?: string; readonly QueueUrl?: string }): string {
  return QueueName ?? QueueUrl?.split("/").at(-1) ?? "";
}
