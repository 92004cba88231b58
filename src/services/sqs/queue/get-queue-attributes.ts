// GetQueueAttributes: what was set, what AWS sets by itself, and how many messages there are about.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html

import type { GetQueueAttributesRequest, GetQueueAttributesResult } from "../../../models/sqs.ts";
import { attributeOf, settable } from "../../../queues/queue-attributes.ts";
import type { SqsQueue } from "../../../queues/sqs-queue.ts";
import type { Call } from "../../../wire/call.ts";
import { onQueue } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";
import { unknownAttribute } from "./checked-attributes.ts";

const COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"];
const OWN = ["QueueArn", ...COUNTS, "CreatedTimestamp", "LastModifiedTimestamp"];
/** AWS knows them; no queue here has them. */
const NEVER_SET = ["KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds"];
const ALL = [...OWN, ...Object.keys(settable)];

export function getQueueAttributes(input: GetQueueAttributesRequest, call: Call, sqs: Sqs): Promise<GetQueueAttributesResult> {
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    const names = wantedNames(input.AttributeNames ?? []);
    if (names.length === 0) return {};
    const own = { ...fixedAttributes(queue), ...(names.some((name) => COUNTS.includes(name)) && (await counts(queue, sqs))) };
    const found = names.flatMap((name) => {
      const value = own[name] ?? attributeOf(queue, name);
      return value === undefined ? [] : [[name, value] as const];
    });
    return found.length === 0 ? {} : { Attributes: Object.fromEntries(found) };
  });
}

function wantedNames(given: readonly string[]): readonly string[] {
  for (const name of given) {
    if (name !== "All" && !ALL.includes(name) && !NEVER_SET.includes(name)) throw unknownAttribute(name);
  }
  return given.includes("All") ? ALL : [...new Set(given)];
}

function fixedAttributes({ arn, createdMs, modifiedMs }: SqsQueue): Record<string, string> {
  return { QueueArn: arn, CreatedTimestamp: seconds(createdMs), LastModifiedTimestamp: seconds(modifiedMs) };
}

async function counts(queue: SqsQueue, sqs: Sqs): Promise<Record<string, string>> {
  const { visible, inFlight, delayed } = await sqs.queues.counts(queue);
  return {
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
  };
}

function seconds(ms: number): string {
  return String(Math.floor(ms / 1_000));
}
