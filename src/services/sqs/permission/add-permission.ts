// AddPermission: a statement of the queue's policy that lets other accounts act.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_AddPermission.html

import { ServiceError } from "../../../lib/errors.ts";
import type { AddPermissionRequest } from "../../../models/sqs.ts";
import type { PolicyStatement } from "../../../queues/queue-policy.procs.ts";
import type { Call } from "../../../wire/call.ts";
import { queueOfUrl } from "../queue-url.ts";
import { invalidParameter, missingParameter, noSuchQueue } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";

const LABEL = /^[a-zA-Z0-9_-]{1,80}$/;
const ACTIONS_MAX = 7;
/** Those that may be given away. */
const ACTIONS = new Set([
  "*",
  "SendMessage",
  "ReceiveMessage",
  "DeleteMessage",
  "ChangeMessageVisibility",
  "GetQueueAttributes",
  "GetQueueUrl",
  "ListDeadLetterSourceQueues",
  "PurgeQueue",
]);
/** Those that nobody but the owner has. */
const OWNERS_ACTIONS = new Set([
  "AddPermission",
  "CancelMessageMoveTask",
  "CreateQueue",
  "DeleteQueue",
  "ListMessageMoveTasks",
  "ListQueues",
  "ListQueueTags",
  "RemovePermission",
  "SetQueueAttributes",
  "StartMessageMoveTask",
  "TagQueue",
  "UntagQueue",
]);

export async function addPermission(input: AddPermissionRequest, call: Call, sqs: Sqs): Promise<void> {
  const { Label: label, AWSAccountIds: accounts, Actions: actions } = input;
  const queue = await queueOfUrl(input.QueueUrl, call, sqs);
  check(input);
  const statement: PolicyStatement = {
    Sid: label,
    Effect: "Allow",
    Principal: { AWS: oneOrAll(accounts.map((account) => `arn:aws:iam::${account}:root`)) },
    Action: oneOrAll(actions.map((action) => `SQS:${action}`)),
    Resource: queue.arn,
  };
  const outcome = await sqs.queues.changePolicy({ queueId: queue.id, arn: queue.arn, label, statement, nowMs: sqs.queues.nowMs() });
  if (outcome === undefined) throw noSuchQueue(call);
  if (outcome === "label-taken") throw invalidParameter("Label", label, "Already exists.");
}

function check({ Label, AWSAccountIds, Actions }: AddPermissionRequest): void {
  if (!LABEL.test(Label)) {
    throw invalidParameter("Label", Label, "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length.");
  }
  if (AWSAccountIds.length === 0) throw invalidParameter("PrincipalId", "[]", "Unable to verify.");
  if (Actions.length === 0) throw missingParameter("Actions");
  for (const account of AWSAccountIds) {
    if (!/^\d{12}$/.test(account)) throw invalidParameter("PrincipalId", account, "Unable to verify.");
  }
  if (Actions.length > ACTIONS_MAX) {
    throw new ServiceError("OverLimit", 403, `${Actions.length} Actions were found, maximum allowed is ${ACTIONS_MAX}.`);
  }
  for (const action of Actions) {
    if (!ACTIONS.has(action)) throw refusedAction(action);
  }
}

function refusedAction(action: string) {
  const reason = OWNERS_ACTIONS.has(action)
    ? "Only the queue owner is allowed to invoke this action."
    : "Please refer to the appropriate WSDL for a list of valid actions.";
  return invalidParameter("ActionName", `SQS:${action}`, reason);
}

function oneOrAll(values: readonly string[]): string | readonly string[] {
  const [only] = values;
  return values.length === 1 && only !== undefined ? only : values;
}
