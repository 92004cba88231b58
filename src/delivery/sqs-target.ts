// A queue as destination: the record, or a dead letter with its attributes, is a message; on disk when it is delivered.
// AWS: FIFO queues can be configured, and every delivery to one fails; the function's role is not asked whether it may send.

import { parseRoleArn, sessionArn } from "../access/principal.ts";
import { userIdOf } from "../access/unique-ids.ts";
import { latestOf } from "../functions/function-record.ts";
import type { FunctionPlace } from "../invoke/invoke-async.ts";
import { bytesOfAttributes } from "../queues/message-attributes.ts";
import { numberOf } from "../queues/queue-attributes.ts";
import { NoSuchQueue } from "../store/queue/queue.ts";
import type { Sending, Target, TargetParts } from "./target.ts";

export const sqsTarget: Target = {
  async check(arn, _of, { queues }) {
    return (await queues.findByArn(arn)) === undefined ? "missing" : "usable";
  },
  async deliver({ destination, record, attributes = {} }, sending, parts) {
    const queue = await parts.queues.findByArn(destination);
    if (queue === undefined || queue.isFifo) return "gone";
    if (Buffer.byteLength(record) + bytesOfAttributes(attributes) > numberOf(queue, "MaximumMessageSize")) return "gone";
    const senderId = await senderOf(sending, parts);
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

/** The session of the function's role, as Lambda sends for it. */
async function senderOf({ from }: Sending, { catalogue, database }: TargetParts): Promise<string> {
  const role = roleOf(from, catalogue);
  return role === undefined ? from.account : userIdOf({ account: role.account, principalArn: sessionArn(role, from.name) }, database);
}

function roleOf(from: FunctionPlace, catalogue: TargetParts["catalogue"]) {
  const record = catalogue.find(from);
  return record === undefined || record.versions.size === 0 ? undefined : parseRoleArn(latestOf(record).settings.role);
}
