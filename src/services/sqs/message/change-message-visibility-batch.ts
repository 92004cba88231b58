// ChangeMessageVisibilityBatch: up to ten at once, each with its own end.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html

import type { ChangeMessageVisibilityBatchRequest, ChangeMessageVisibilityBatchResult } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { batchResult, checkEntries, eachEntry } from "../batch.ts";
import { onQueue } from "../queue-url.ts";
import { missingParameter } from "../refusals.ts";
import type { Sqs } from "../sqs.ts";
import { checkVisibility, handleOf, refuseChange } from "./held-message.ts";

export function changeMessageVisibilityBatch(
  input: ChangeMessageVisibilityBatchRequest,
  call: Call,
  sqs: Sqs,
): Promise<ChangeMessageVisibilityBatchResult> {
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    checkEntries(input.Entries, "ChangeMessageVisibilityBatch");
    const read = await eachEntry(input.Entries, async ({ ReceiptHandle, VisibilityTimeout }) => {
      if (VisibilityTimeout === undefined) throw missingParameter("VisibilityTimeout");
      const handle = await handleOf(queue, ReceiptHandle, sqs);
      checkVisibility(VisibilityTimeout, handle, sqs.queues.nowMs());
      return { text: ReceiptHandle, handle, visibilityMs: VisibilityTimeout * 1_000 };
    });
    const changed = await sqs.queues.changeVisibility(
      queue,
      read.good.map(({ value }) => ({ ...value.handle, visibilityMs: value.visibilityMs })),
    );
    const places = read.good.map(({ Id, value }, place) => ({ Id, value, isChanged: changed[place] === true }));
    const ended = await eachEntry(places, async ({ value, isChanged }) => {
      if (!isChanged) await refuseChange(queue, value.text, value.handle, sqs);
    });
    return batchResult(
      ended.good.map(({ Id }) => ({ Id })),
      [...read.Failed, ...ended.Failed],
    );
  });
}
