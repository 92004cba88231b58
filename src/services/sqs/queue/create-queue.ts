// CreateQueue: also answered with the URL of a queue that is there already, if nothing that is asked for differs.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html

import { isDeepStrictEqual } from "node:util";
import { ServiceError } from "../../../lib/errors.ts";
import type { CreateQueueRequest, CreateQueueResult } from "../../../models/sqs.ts";
import { type Attributes, attributeOf, jsonObject } from "../../../queues/queue-attributes.ts";
import type { SqsQueue } from "../../../queues/sqs-queue.ts";
import type { Call } from "../../../wire/call.ts";
import { urlOf } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";
import { checkTags } from "../tag/checked-tags.ts";
import { checkAttributes, checkName, checkTogether, refusedDeadLetter, unknownAttribute } from "./checked-attributes.ts";

export async function createQueue(input: CreateQueueRequest, call: Call, sqs: Sqs): Promise<CreateQueueResult> {
  const { QueueName: name, Attributes: given = {}, tags = {} } = input;
  const isFifo = given.FifoQueue === "true";
  if (given.FifoQueue === "false") throw unknownAttribute("FifoQueue");
  checkName(name, isFifo);
  checkAttributes(given, isFifo);
  checkTogether(given, {}, isFifo);
  checkTags(tags);
  const { account, region } = call;
  const attributes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ""));
  const created = await sqs.queues.create({ account, region, name, attributes, tags, nowMs: sqs.queues.nowMs() });
  if (created === "deleted-recently") throw deletedRecently();
  if (typeof created === "string") throw refusedDeadLetter(given.RedrivePolicy ?? "", created);
  if (!created.isNew) refuseDifference(created.queue, attributes);
  return { QueueUrl: urlOf(created.queue, call) };
}

function deletedRecently(): ServiceError {
  return new ServiceError(
    "QueueDeletedRecently",
    400,
    "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
  );
}

/** Recorded: attributes that the caller leaves out are not compared. */
function refuseDifference(queue: SqsQueue, given: Attributes): void {
  for (const [name, value] of Object.entries(given)) {
    if (isSame(attributeOf(queue, name), value)) continue;
    throw new ServiceError("QueueNameExists", 400, `A queue already exists with the same name and a different value for attribute ${name}`);
  }
}

/** Policies are compared by what they say: tools write the same JSON with other spaces. */
function isSame(before: string | undefined, given: string): boolean {
  const [a, b] = [jsonObject(before), jsonObject(given)];
  return before === given || (a !== undefined && b !== undefined && isDeepStrictEqual(a, b));
}
