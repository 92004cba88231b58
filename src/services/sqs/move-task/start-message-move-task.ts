// StartMessageMoveTask: the messages of a dead-letter queue go back to where they came from, or to a queue that is named.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html

import type { StartMessageMoveTaskRequest, StartMessageMoveTaskResult } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { invalidParameter, invalidValue } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";
import { handleOfTask, queueOfArn } from "./task-handle.ts";

const PER_SECOND_MAX = 500;

export async function startMessageMoveTask(input: StartMessageMoveTaskRequest, call: Call, sqs: Sqs): Promise<StartMessageMoveTaskResult> {
  const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond: perSecond } = input;
  if (perSecond !== undefined && (perSecond < 1 || perSecond > PER_SECOND_MAX)) {
    throw invalidParameter("MaxNumberOfMessagesPerSecond", perSecond, `Must be between 1 and ${PER_SECOND_MAX}, if provided.`);
  }
  const source = await queueOfArn("SourceArn", SourceArn, call, sqs);
  const destination = DestinationArn === undefined ? undefined : await queueOfArn("DestinationArn", DestinationArn, call, sqs);
  if (destination?.id === source.id) throw invalidValue("Source queue arn and destination queue arn must be different.");
  if (destination !== undefined && destination.isFifo !== source.isFifo) {
    throw invalidValue("Source queue and destination queue must be of the same type.");
  }
  const { visible } = await sqs.queues.counts(source);
  const id = sqs.random.uuid();
  const outcome = await sqs.queues.startMove({ id, source, destination, perSecond, toMove: visible, nowMs: sqs.queues.nowMs() });
  if (outcome === "no-dead-letters") throw invalidValue("Source queue must be configured as a Dead Letter Queue.");
  if (outcome === "running") {
    throw invalidValue("There is already a task running. Only one active task is allowed for a source queue arn at a given time.");
  }
  return { TaskHandle: handleOfTask({ taskId: id, sourceArn: source.arn }) };
}
