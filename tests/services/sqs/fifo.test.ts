// FIFO queues: order within groups, deduplication, leases, and AWS's refusals.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { rejects, startSqs } from "./sqs-server.ts";

const options = { timeout: 180_000 };
const FIFO = { FifoQueue: "true", ContentBasedDeduplication: "true" };

const sender = (client: SQSClient, QueueUrl: string) => (MessageBody: string, MessageGroupId: string, MessageDeduplicationId?: string) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId }));

const receiver =
  (client: SQSClient, QueueUrl: string) =>
  async (MaxNumberOfMessages: number, more: object = {}) =>
    (await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages, AttributeNames: ["All"], ...more }))).Messages ?? [];

test("messages of a group come in order, and no more while some are held", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs.fifo", FIFO);
  const send = sender(client, QueueUrl);
  const sent = [];
  for (const body of ["a1", "a2", "b1", "a3"]) sent.push(await send(body, body[0]!));
  const numbers = sent.map(({ SequenceNumber }) => BigInt(SequenceNumber ?? ""));
  assert.ok(numbers.every((number, place) => place === 0 || number > numbers[place - 1]!));
  assert.match(sent[0]?.SequenceNumber ?? "", /^\d{20}$/);
  const receive = receiver(client, QueueUrl);
  const first = await receive(2);
  assert.deepEqual(
    first.map(({ Body }) => Body),
    ["a1", "a2"],
  );
  assert.equal(first[0]?.Attributes?.MessageGroupId, "a");
  assert.equal(first[0]?.Attributes?.SequenceNumber, sent[0]?.SequenceNumber);
  assert.match(first[0]?.Attributes?.MessageDeduplicationId ?? "", /^[0-9a-f]{64}$/);
  assert.deepEqual(
    (await receive(10)).map(({ Body }) => Body),
    ["b1"],
  );
  for (const { ReceiptHandle } of first) await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  assert.deepEqual(
    (await receive(10)).map(({ Body }) => Body),
    ["a3"],
  );
});

test("a second message of the same id within five minutes is the first", options, async () => {
  const { client, create, attribute } = await startSqs();
  const QueueUrl = await create("jobs.fifo", FIFO);
  const send = sender(client, QueueUrl);
  const first = await send("same", "a");
  const [received] = await receiver(client, QueueUrl)(1);
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: received?.ReceiptHandle }));
  const second = await send("same", "b");
  assert.deepEqual([second.MessageId, second.SequenceNumber], [first.MessageId, first.SequenceNumber]);
  const other = await send("same", "a", "another");
  assert.notEqual(other.MessageId, first.MessageId);
  assert.equal(await attribute(QueueUrl, "ApproximateNumberOfMessages"), "1");
});

test("with the scope messageGroup each group has ids of its own", options, async () => {
  const { client, create, attribute } = await startSqs();
  const QueueUrl = await create("jobs.fifo", { ...FIFO, DeduplicationScope: "messageGroup", FifoThroughputLimit: "perMessageGroupId" });
  const send = sender(client, QueueUrl);
  for (const group of ["a", "b", "a"]) await send("same", group);
  assert.equal(await attribute(QueueUrl, "ApproximateNumberOfMessages"), "2");
});

test("a message whose lease has ended is not deleted any more", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs.fifo", FIFO);
  await sender(client, QueueUrl)("x", "a");
  const receive = receiver(client, QueueUrl);
  const [{ ReceiptHandle } = {}] = await receive(1);
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
  await rejects(
    client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })),
    "InvalidParameterValue",
    `Value ${ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.`,
  );
  assert.equal((await receive(1))[0]?.Body, "x");
});

test("a receive that is tried again gets the same messages", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs.fifo", FIFO);
  const send = sender(client, QueueUrl);
  for (const body of ["a1", "a2", "b1"]) await send(body, body[0]!);
  const receive = receiver(client, QueueUrl);
  const first = await receive(1, { ReceiveRequestAttemptId: "try" });
  const again = await receive(1, { ReceiveRequestAttemptId: "try" });
  assert.deepEqual(
    again.map(({ ReceiptHandle }) => ReceiptHandle),
    first.map(({ ReceiptHandle }) => ReceiptHandle),
  );
  assert.deepEqual(
    (await receive(1, { ReceiveRequestAttemptId: "other" })).map(({ Body }) => Body),
    ["b1"],
  );
});

test("what AWS refuses of messages for FIFO queues", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs.fifo", { FifoQueue: "true" });
  const send = (more: object) => client.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", ...more }));
  await rejects(send({}), "MissingParameter", "The request must contain the parameter MessageGroupId.");
  await rejects(
    send({ MessageGroupId: "a" }),
    "InvalidParameterValue",
    "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
  );
  await rejects(
    send({ MessageGroupId: "group 123", MessageDeduplicationId: "a" }),
    "InvalidParameterValue",
    "Value group 123 for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
  );
  await rejects(
    send({ MessageGroupId: "a", MessageDeduplicationId: "a", DelaySeconds: 2 }),
    "InvalidParameterValue",
    "Value 2 for parameter DelaySeconds is invalid. Reason: The request include parameter that is not valid for this queue type.",
  );
  const { Failed } = await client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "1", MessageBody: "x", MessageGroupId: "g", MessageDeduplicationId: "d" },
        { Id: "2", MessageBody: "x", MessageGroupId: "g" },
      ],
    }),
  );
  assert.deepEqual(
    Failed?.map(({ Id }) => Id),
    ["2"],
  );
  const standard = await create("standard");
  await rejects(
    client.send(new SendMessageCommand({ QueueUrl: standard, MessageBody: "x", MessageDeduplicationId: "d" })),
    "InvalidParameterValue",
    /not valid for this queue type/,
  );
});
