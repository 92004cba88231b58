// A queue as destination: the record, or a dead letter with its attributes, is a message; on disk when it is delivered.
// AWS: FIFO queues can be configured, and every delivery to one fails.

import { parseRoleArn, type RoleName, roleArn, sessionArn } from "../access/principal.ts";
import { userIdOf } from "../access/unique-ids.ts";
import { latestOf } from "../functions/function-record.ts";
import type { FunctionPlace } from "../invoke/invoke-async.ts";
import { bytesOfAttributes } from "../queues/message-attributes.ts";
import { numberOf } from "../queues/queue-attributes.ts";
import type { SqsQueue } from "../queues/sqs-queue.ts";
import { NoSuchQueue } from "../store/queue/queue.ts";
import type { Sending, Target, TargetParts } from "./target.ts";

export const sqsTarget: Target = {
  async check(arn, { roleArn }, parts) {
    const queue = await parts.queues.findByArn(arn);
    if (queue === undefined) return "missing";
    return (await maySend(roleArn, queue, parts)) ? "usable" : "not-allowed";
  },
  async deliver({ destination, record, attributes = {} }, sending, parts) {
    const queue = await parts.queues.findByArn(destination);
    if (queue === undefined || queue.isFifo) return "gone";
    if (Buffer.byteLength(record) + bytesOfAttributes(attributes) > numberOf(queue, "MaximumMessageSize")) return "gone";
    const role = roleOf(sending.from, parts.catalogue);
    // It may be given back: the next try tells.
    if (role !== undefined && !(await maySend(roleArn(role), queue, parts)))
      throw new Error(`The function's role may not send to ${destination}`);
    const senderId = await senderOf(role, sending, parts);
    try {
      await parts.queues.send(queue, [{ body: record, senderId, attributes, traceHeader: sending.trace }]);
    } catch (error) {
      if (!(error instanceof NoSuchQueue)) throw error;
      parts.queues.forget();
      throw error; // it may have been made anew: the next try tells
    }
    return "delivered";
  },
};

async function maySend(roleArn: string, { arn, attributes }: SqsQueue, { permissions }: TargetParts): Promise<boolean> {
  return (await permissions.missing(roleArn, ["sqs:SendMessage"], { arn, policy: attributes.Policy })) === undefined;
}

/** The session of the function's role, as Lambda sends for it. */
async function senderOf(role: RoleName | undefined, { from }: Sending, { database }: TargetParts): Promise<string> {
  return role === undefined ? from.account : userIdOf({ account: role.account, principalArn: sessionArn(role, from.name) }, database);
}

function roleOf(from: FunctionPlace, catalogue: TargetParts["catalogue"]) {
  const record = catalogue.find(from);
  return record === undefined || record.versions.size === 0 ? undefined : parseRoleArn(latestOf(record).settings.role);
}
