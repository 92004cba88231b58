import assert from "node:assert/strict";
import { test } from "node:test";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { arnOf, startMappingServer } from "./mapping-server.ts";

test("a message in a queue starts the function with AWS's event, and is gone afterwards", { timeout: 120_000 }, async (t) => {
  const server = await startMappingServer(t);
  await server.worker("fn");
  const url = await server.queue("q", { VisibilityTimeout: "60" });
  await server.map("fn", "q");
  const MessageAttributes = {
    Author: { DataType: "String", StringValue: "J" },
    Bytes: { DataType: "Binary", BinaryValue: Buffer.from([1, 2]) },
  };
  const { MessageId, MD5OfMessageBody, MD5OfMessageAttributes } = await server.sqs.send(
    new SendMessageCommand({ QueueUrl: url, MessageBody: "hello", MessageAttributes }),
  );
  await server.sink.until((bodies) => bodies.includes("hello"));
  const [told] = server.sink.told;
  const [record] = told!.event.Records as unknown as Record<string, unknown>[];
  assert.equal(record?.messageId, MessageId);
  assert.equal(record?.md5OfBody, MD5OfMessageBody);
  assert.equal(record?.md5OfMessageAttributes, MD5OfMessageAttributes);
  assert.equal(record?.eventSourceARN, arnOf("q"));
  await server.empty(url);
});
