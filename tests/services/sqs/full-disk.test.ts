// A full disk under SQS's API: what cannot be kept is not acknowledged, what was acknowledged is there, and it goes on when there is room.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { CreateQueueCommand, DeleteMessageBatchCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { mountSmallDisk } from "../../store/small-disk.ts";
import { openSqs } from "./sqs-server.ts";

const BODY_LENGTH = 8_000;

test("sends are refused while the disk is full; nothing acknowledged is lost", { timeout: 240_000 }, async (t) => {
  const disk = mountSmallDisk(t, 8);
  if (disk === undefined) return t.skip("mounting a file system needs root on Linux");
  const server = await openSqs({ dataDirectory: join(disk.path, "data") });
  t.after(() => server.close());
  const client = server.clientOf("123456789012");
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: "jobs" }));
  const acknowledged = new Set<string>();
  const send = async (number: number) => {
    const MessageBody = `${number}.${"x".repeat(BODY_LENGTH)}`;
    await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    acknowledged.add(String(number));
  };
  let next = 0;
  const fill = async () => {
    for (;;) await send(next++);
  };
  await assert.rejects(fill(), (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode === 500);
  assert.ok(acknowledged.size > 100);
  assert.match(String(server.failures[0]), /full/);
  disk.enlarge(64);
  await send(next++);
  for (;;) {
    const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) break;
    for (const { Body = "" } of Messages) acknowledged.delete(Body.split(".")[0] ?? "");
    const Entries = Messages.map(({ ReceiptHandle }, n) => ({ Id: String(n), ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
  assert.deepEqual([...acknowledged], []);
});
