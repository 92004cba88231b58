// CancelMessageMoveTask: what was moved stays where it is.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html

import type { CancelMessageMoveTaskRequest, CancelMessageMoveTaskResult } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { invalidValue, notFound } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";
import { queueOfArn, readTaskHandle } from "./task-handle.ts";

export async function cancelMessageMoveTask(
  input: CancelMessageMoveTaskRequest,
  call: Call,
  sqs: Sqs,
): Promise<CancelMessageMoveTaskResult> {
  const { taskId, sourceArn } = readTaskHandle(input.TaskHandle);
  const source = await queueOfArn("SourceArn", sourceArn, call, sqs);
  const task = await sqs.queues.cancelMove(taskId, source);
  if (task === undefined) throw notFound("Task does not exist.");
  if (task.status !== "CANCELLING") throw invalidValue("Only active tasks can be cancelled.");
  return { ApproximateNumberOfMessagesMoved: task.moved };
}
