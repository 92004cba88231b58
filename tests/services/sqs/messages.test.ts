// Sending, receiving and deleting messages of standard queues, through the real SDK, which checks MD5s itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { rejects, startSqs } from "./sqs-server.ts";

const options = { timeout: 180_000 };

test("a message is sent, received and deleted", options, async () => {
  const { account, client, create, attribute } = await startSqs();
  const QueueUrl = await create("jobs");
  const found = await client.send(new GetQueueUrlCommand({ QueueName: "jobs" }));
  assert.equal(found.QueueUrl, QueueUrl);
  assert.match(QueueUrl, new RegExp(`^http://127.0.0.1:\\d+/${account}/jobs$`));
  const MessageBody = "käse\n\t✓";
  const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  assert.match(sent.MessageId ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(sent.SequenceNumber, undefined);
  assert.equal(await attribute(QueueUrl, "ApproximateNumberOfMessages"), "1");

  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, AttributeNames: ["All"] }));
  const [message] = Messages;
  assert.equal(message?.Body, MessageBody);
  assert.equal(message?.MessageId, sent.MessageId);
  assert.equal(message?.Attributes?.SenderId, account);
  assert.equal(message?.Attributes?.ApproximateReceiveCount, "1");
  assert.ok(Number(message?.Attributes?.SentTimestamp) <= Number(message?.Attributes?.ApproximateFirstReceiveTimestamp));
  assert.equal(await attribute(QueueUrl, "ApproximateNumberOfMessagesNotVisible"), "1");

  assert.equal((await client.send(new ReceiveMessageCommand({ QueueUrl }))).Messages, undefined);
  const { ReceiptHandle } = message ?? {};
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle })); // AWS says nothing the second time
  assert.equal(await attribute(QueueUrl, "ApproximateNumberOfMessagesNotVisible"), "0");
});

test("a released message comes again with a higher receive count", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs");
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "again" }));
  const receive = new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["ApproximateReceiveCount"] });
  const first = (await client.send(receive)).Messages?.[0];
  assert.deepEqual(first?.Attributes, { ApproximateReceiveCount: "1" });
  await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 }));
  const second = (await client.send(receive)).Messages?.[0];
  assert.deepEqual(second?.Attributes, { ApproximateReceiveCount: "2" });
  assert.notEqual(second?.ReceiptHandle, first?.ReceiptHandle);
  await rejects(
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 5 })),
    "InvalidParameterValue",
    `Value ${first?.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  );
});

test("who waits is answered by the message", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs");
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "now" }));
  assert.equal((await waiting).Messages?.[0]?.Body, "now");
});

test("attributes come back as they were sent, those that are asked for", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs");
  const MessageAttributes = {
    "order.id": { DataType: "Number.int", StringValue: "12.5e3" },
    "order.name": { DataType: "String", StringValue: "✓" },
    photo: { DataType: "Binary.png", BinaryValue: Uint8Array.of(0, 255, 1) },
  };
  const MessageSystemAttributes = { AWSTraceHeader: { DataType: "String", StringValue: "Root=1-5759e988-bd862e3fe1be46a994272793" } };
  const sent = await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "x", MessageAttributes, MessageSystemAttributes }));
  assert.match(sent.MD5OfMessageAttributes ?? "", /^[0-9a-f]{32}$/);
  assert.match(sent.MD5OfMessageSystemAttributes ?? "", /^[0-9a-f]{32}$/);
  const receive = async (MessageAttributeNames: string[]) => {
    const command = new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames, VisibilityTimeout: 0, AttributeNames: ["All"] });
    return (await client.send(command)).Messages?.[0];
  };
  const all = await receive(["All"]);
  assert.deepEqual(all?.MessageAttributes, MessageAttributes);
  assert.equal(all?.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  assert.equal(all?.Attributes?.AWSTraceHeader, MessageSystemAttributes.AWSTraceHeader.StringValue);
  assert.deepEqual(Object.keys((await receive(["order.*"]))?.MessageAttributes ?? {}), ["order.id", "order.name"]);
  assert.deepEqual(Object.keys((await receive(["photo", "none"]))?.MessageAttributes ?? {}), ["photo"]);
  assert.equal((await receive([]))?.MessageAttributes, undefined);
});

test("a batch tells each entry's end", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs");
  const { Successful = [], Failed = [] } = await client.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: [
        { Id: "a", MessageBody: "one" },
        { Id: "b", MessageBody: "two", DelaySeconds: 901 },
        { Id: "c", MessageBody: "three", MessageAttributes: { n: { DataType: "Number", StringValue: "x" } } },
        { Id: "d", MessageBody: "four" },
      ],
    }),
  );
  assert.deepEqual(
    Successful.map(({ Id }) => Id),
    ["a", "d"],
  );
  assert.deepEqual(
    Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [
      ["b", "InvalidParameterValue", true],
      ["c", "InvalidParameterValue", true],
    ],
  );
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  assert.deepEqual(Messages.map(({ Body }) => Body).toSorted(), ["four", "one"]);
});
