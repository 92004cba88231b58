// DeleteMessageBatch: up to ten at once, each with its own end.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessageBatch.html

import type { DeleteMessageBatchRequest, DeleteMessageBatchResult } from "../../../models/sqs.ts";
import type { Call } from "../../../wire/call.ts";
import { batchResult, checkEntries, eachEntry } from "../batch.ts";
import { onQueue } from "../queue-url.ts";
import type { Sqs } from "../sqs.ts";
import { checkDeletion, handleOf } from "./held-message.ts";

export function deleteMessageBatch(input: DeleteMessageBatchRequest, call: Call, sqs: Sqs): Promise<DeleteMessageBatchResult> {
  return onQueue(input.QueueUrl, call, sqs, async (queue) => {
    checkEntries(input.Entries, "DeleteMessageBatch");
    const read = await eachEntry(input.Entries, async ({ ReceiptHandle }) => ({
      text: ReceiptHandle,
      handle: await handleOf(queue, ReceiptHandle, sqs),
    }));
    const deleted = await sqs.queues.remove(
      queue,
      read.good.map(({ value }) => value.handle),
    );
    const places = read.good.map(({ Id, value }, place) => ({ Id, value, isDeleted: deleted[place] === true }));
    const ended = await eachEntry(places, async ({ value, isDeleted }) => {
      if (!isDeleted) await checkDeletion(queue, value.text, value.handle, sqs);
    });
    return batchResult(
      ended.good.map(({ Id }) => ({ Id })),
      [...read.Failed, ...ended.Failed],
    );
  });
}
