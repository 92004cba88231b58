// RemovePermission.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_RemovePermission.html

import type { RemovePermissionRequest } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { queueOfUrl } from "../queue-url.ts";
import { invalidParameter, noSuchQueue } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";

export async function removePermission(input: RemovePermissionRequest, call: Call, sqs: Sqs): Promise<void> {
  const { Label: label } = input;
  const { id: queueId, arn } = await queueOfUrl(input.QueueUrl, call, sqs);
  const outcome = await sqs.queues.changePolicy({ queueId, arn, label, statement: undefined, nowMs: sqs.queues.nowMs() });
  if (outcome === undefined) throw noSuchQueue(call);
  if (outcome === "no-label") throw invalidParameter("Label", label, "can't find label.");
}
