// UntagQueue.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html

import type { UntagQueueRequest } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { queueOfUrl } from "../queue-url.ts";
import { invalidValue, noSuchQueue } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";
import { KEY_LENGTH_REFUSAL, TAGS_MAX } from "./checked-tags.ts";

export async function untagQueue(input: UntagQueueRequest, call: Call, sqs: Sqs): Promise<void> {
  const queue = await queueOfUrl(input.QueueUrl, call, sqs);
  if (input.TagKeys.length === 0) throw invalidValue(KEY_LENGTH_REFUSAL);
  const outcome = await sqs.queues.tag({ queueId: queue.id, add: {}, remove: input.TagKeys, tagsMax: TAGS_MAX });
  if (outcome === undefined) throw noSuchQueue(call);
}
