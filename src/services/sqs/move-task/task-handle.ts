// Handles of message moves, and the queue that an operation on moves names by its ARN.

import { placeOfArn, type SqsQueue } from "../../../queues/sqs-queue.ts";
import type { Call } from "../../../wire/call.ts";
import { refuseOtherAccounts } from "../queue-url.ts";
import { invalidParameter, invalidValue, notFound } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";

export interface TaskHandle {
  readonly taskId: string;
  readonly sourceArn: string;
}

export function handleOfTask(handle: TaskHandle): string {
  return Buffer.from(JSON.stringify(handle)).toString("base64");
}

/** Throws InvalidParameterValue. */
export function readTaskHandle(text: string): TaskHandle {
  try {
    const { taskId, sourceArn } = JSON.parse(Buffer.from(text, "base64").toString()) as Partial<Record<keyof TaskHandle, unknown>>;
    if (typeof taskId === "string" && typeof sourceArn === "string") return { taskId, sourceArn };
  } catch {
    // as below
  }
  throw invalidValue("Value for parameter TaskHandle is invalid.");
}

/** Throws ServiceError. */
export async function queueOfArn(parameter: "SourceArn" | "DestinationArn", arn: string, call: Call, sqs: Sqs): Promise<SqsQueue> {
  const place = placeOfArn(arn);
  if (place === undefined) throw invalidParameter(parameter, arn, "Invalid ARN.");
  refuseOtherAccounts(place, call, sqs);
  const queue = await sqs.queues.find(place);
  if (queue === undefined) throw notFound(`The resource that you specified for the ${parameter} parameter doesn't exist.`);
  return queue;
}
