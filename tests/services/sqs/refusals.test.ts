// What AWS refuses of messages, receives and batches, and the limits of sizes.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from "@aws-sdk/client-sqs";
import { rejects, startSqs } from "./sqs-server.ts";

const options = { timeout: 180_000 };
const invalid = "InvalidParameterValue";

test("of messages", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs", { MaximumMessageSize: "1024" });
  const send = (MessageBody: string, more: object = {}) => client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...more }));
  const attribute = (name: string, DataType: string, StringValue?: string) =>
    send("x", { MessageAttributes: { [name]: { DataType, StringValue } } });
  await rejects(send(""), "MissingParameter", "The request must contain the parameter MessageBody.");
  const allowed = "the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].";
  await rejects(
    send("a\uffffb\u0000"),
    "InvalidMessageContents",
    `Invalid binary character '#xFFFF' was found in the message body, ${allowed}`,
  );
  await send("\t\r\n\u{1f600}");
  await rejects(
    attribute("a", "String", "\u0007"),
    invalid,
    `Invalid binary character '#x7' was found in the message (user) attribute 'a', ${allowed}`,
  );
  await rejects(send("x".repeat(1_025)), invalid, "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.");
  await rejects(
    send("x".repeat(1_020), { MessageAttributes: { a: { DataType: "String", StringValue: "b" } } }),
    invalid,
    /shorter than 1024/,
  );
  await rejects(
    send("x", { DelaySeconds: 901 }),
    invalid,
    "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.",
  );
  await rejects(
    attribute("ErrorDetails", "String", ""),
    invalid,
    "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
  );
  await rejects(attribute("a", "Float", "1"), invalid, /supported type prefixes: Binary, Number, String\.$/);
  await rejects(attribute("a", "Number", "one"), invalid, "Can't cast the value of message (user) attribute 'a' to a number.");
  await rejects(attribute("AWS.a", "String", "b"), invalid);
  const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`a${n}`, { DataType: "String", StringValue: "b" }]));
  await rejects(send("x", { MessageAttributes: eleven }), invalid, "Number of message attributes [11] exceeds the allowed maximum [10].");
});

test("of receives", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs");
  const receive = (more: object) => client.send(new ReceiveMessageCommand({ QueueUrl, ...more }));
  await rejects(
    receive({ MaxNumberOfMessages: 11 }),
    invalid,
    "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
  );
  await rejects(
    receive({ WaitTimeSeconds: 21 }),
    invalid,
    "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
  );
  await rejects(
    receive({ WaitTimeSeconds: -1 }),
    invalid,
    "Value -1 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
  );
  await rejects(receive({ VisibilityTimeout: 43_201 }), invalid, /for parameter VisibilityTimeout is invalid/);
});

test("of receipt handles", options, async () => {
  const { client, create } = await startSqs();
  const [jobs, other] = [await create("jobs"), await create("other")];
  await client.send(new SendMessageCommand({ QueueUrl: jobs, MessageBody: "x" }));
  const [{ ReceiptHandle } = {}] = (await client.send(new ReceiveMessageCommand({ QueueUrl: jobs }))).Messages ?? [];
  const altered = `${ReceiptHandle?.slice(0, -2)}AA`;
  for (const [QueueUrl, handle] of [
    [jobs, "nonsense"],
    [jobs, altered],
    [other, ReceiptHandle],
  ] as const) {
    const message = `The input receipt handle "${handle}" is not a valid receipt handle.`;
    await rejects(client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: handle })), "ReceiptHandleIsInvalid", message);
  }
  const change = (VisibilityTimeout: number) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl: jobs, ReceiptHandle, VisibilityTimeout }));
  await rejects(change(43_201), invalid);
  await change(43_200);
  const { Successful, Failed } = await client.send(
    new ChangeMessageVisibilityBatchCommand({
      QueueUrl: jobs,
      Entries: [
        { Id: "good", ReceiptHandle, VisibilityTimeout: 10 },
        { Id: "bad", ReceiptHandle: "nonsense", VisibilityTimeout: 10 },
      ],
    }),
  );
  assert.deepEqual(
    [Successful?.map(({ Id }) => Id), Failed?.map(({ Id, Code }) => [Id, Code])],
    [["good"], [["bad", "ReceiptHandleIsInvalid"]]],
  );
  await change(0);
  await rejects(change(5), "AWS.SimpleQueueService.MessageNotInflight");
  const deleted = await client.send(
    new DeleteMessageBatchCommand({
      QueueUrl: jobs,
      Entries: [
        { Id: "1", ReceiptHandle },
        { Id: "2", ReceiptHandle: "nonsense" },
      ],
    }),
  );
  assert.deepEqual([deleted.Successful?.length, deleted.Failed?.length], [1, 1]);
});

test("of batches", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs");
  const prefix = "AWS.SimpleQueueService";
  const send = (ids: readonly string[], MessageBody = "x") =>
    client.send(new SendMessageBatchCommand({ QueueUrl, Entries: ids.map((Id) => ({ Id, MessageBody })) }));
  await rejects(send([]), `${prefix}.EmptyBatchRequest`);
  const twenty = Array.from({ length: 20 }, (_, n) => String(n));
  await rejects(send(twenty), `${prefix}.TooManyEntriesInBatchRequest`, "Maximum number of entries per request are 10. You have sent 20.");
  await rejects(send(["a.b"]), `${prefix}.InvalidBatchEntryId`, /^A batch entry id can only contain/);
  await rejects(send(["a", "a"]), `${prefix}.BatchEntryIdsNotDistinct`, "Id a repeated.");
  const half = "x".repeat(524_289);
  await rejects(
    send(["a", "b"], half),
    `${prefix}.BatchRequestTooLong`,
    "Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.",
  );
});

test("a message of 1 MiB comes back whole, one more byte is refused", options, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs");
  const MessageBody = "é".repeat(524_288);
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl }));
  assert.ok(Messages?.[0]?.Body === MessageBody);
  const message = "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.";
  await rejects(client.send(new SendMessageCommand({ QueueUrl, MessageBody: `${MessageBody}x` })), invalid, message);
});
