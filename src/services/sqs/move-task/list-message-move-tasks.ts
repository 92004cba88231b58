// ListMessageMoveTasks: the latest moves out of a queue, and how far they are.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html

import type { ListMessageMoveTasksRequest, ListMessageMoveTasksResult, ListMessageMoveTasksResultEntry } from "../../../models/sqs.ts";
import type { MoveTask } from "../../../queues/move-tasks.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { invalidParameter } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";
import { handleOfTask, queueOfArn } from "./task-handle.ts";

const RESULTS_MAX = 10;

export async function listMessageMoveTasks(
  { SourceArn, MaxResults = 1 }: ListMessageMoveTasksRequest,
  call: Call,
  sqs: Sqs,
): Promise<ListMessageMoveTasksResult> {
  if (MaxResults < 1 || MaxResults > RESULTS_MAX) {
    throw invalidParameter("MaxResults", MaxResults, `Must be between 1 and ${RESULTS_MAX}, if provided.`);
  }
  const source = await queueOfArn("SourceArn", SourceArn, call, sqs);
  const tasks = await sqs.queues.moves(source, MaxResults);
  return { Results: tasks.map(describe) };
}

function describe(task: MoveTask): ListMessageMoveTasksResultEntry {
  return {
    // AWS: only of one that can be cancelled.
    TaskHandle: task.status === "RUNNING" ? handleOfTask({ taskId: task.id, sourceArn: task.source_arn }) : undefined,
    Status: task.status,
    SourceArn: task.source_arn,
    DestinationArn: task.destination_arn ?? undefined,
    MaxNumberOfMessagesPerSecond: task.per_second ?? undefined,
    ApproximateNumberOfMessagesMoved: task.moved,
    ApproximateNumberOfMessagesToMove: task.to_move,
    FailureReason: task.failure ?? undefined,
    StartedTimestamp: task.started_at,
  };
}
