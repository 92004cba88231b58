// A message as it stands in the event that the function gets.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html

import type { SqsMessage } from "../../queues/message.ts";
import type { MessageAttribute } from "../../queues/message-attributes.ts";
import type { SqsQueue } from "../../queues/sqs-queue.ts";

export type SqsRecord = Readonly<Record<string, unknown>>;

/** Keys in the order of recorded events. */
export function recordOf(message: SqsMessage, { arn, region }: Pick<SqsQueue, "arn" | "region">): SqsRecord {
  const { md5OfAttributes } = message;
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: message.systemAttributes,
    messageAttributes: Object.fromEntries(Object.entries(message.attributes).map(([name, attribute]) => [name, shown(attribute)])),
    ...(md5OfAttributes === undefined ? {} : { md5OfMessageAttributes: md5OfAttributes }),
    md5OfBody: message.md5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: arn,
    awsRegion: region,
  };
}

/** The lists are always there, and always empty. */
function shown({ DataType, StringValue, BinaryValue }: MessageAttribute) {
  const value =
    BinaryValue === undefined ? { stringValue: StringValue ?? "" } : { binaryValue: Buffer.from(BinaryValue).toString("base64") };
  return { ...value, stringListValues: [], binaryListValues: [], dataType: DataType };
}
