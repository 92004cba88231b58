// TagQueue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html

import type { TagQueueRequest } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { queueOfUrl } from "../queue-url.ts";
import { missingParameter, noSuchQueue } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";
import { checkTags, TAGS_MAX, tooManyTags } from "./checked-tags.ts";

export async function tagQueue(input: TagQueueRequest, call: Call, sqs: Sqs): Promise<void> {
  const queue = await queueOfUrl(input.QueueUrl, call, sqs);
  if (Object.keys(input.Tags).length === 0) throw missingParameter("Tags");
  checkTags(input.Tags);
  const outcome = await sqs.queues.tag({ queueId: queue.id, add: input.Tags, remove: [], tagsMax: TAGS_MAX });
  if (outcome === undefined) throw noSuchQueue(call);
  if (outcome === "too-many") throw tooManyTags();
}
