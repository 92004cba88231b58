import assert from "node:assert/strict";
import { test } from "node:test";
import { ReceiveMessageCommand, SendMessageBatchCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { startSqs } from "./sqs-server.ts";

const CALLERS = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=3:a87bd80c:2";
const OWN = "Root=1-5759e988-000000000000000000000000";

test("the trace of a request goes with its messages, unless they name their own", { timeout: 180_000 }, async () => {
  const { client, create } = await startSqs();
  const QueueUrl = await create("jobs");
  client.middlewareStack.add(
    (next) => (args) => {
      (args.request as { headers: Record<string, string> }).headers["x-amzn-trace-id"] = CALLERS;
      return next(args);
    },
    { step: "build" },
  );
  const MessageSystemAttributes = { AWSTraceHeader: { DataType: "String", StringValue: OWN } };
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "one" }));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "own", MessageSystemAttributes }));
  await client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "a", MessageBody: "in a batch" }] }));
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ["AWSTraceHeader"] });
  const traces: Record<string, string | undefined> = {};
  while (Object.keys(traces).length < 3)
    for (const { Body = "", Attributes } of (await client.send(receive)).Messages ?? []) traces[Body] = Attributes?.AWSTraceHeader;
  assert.deepEqual(traces, { one: CALLERS, own: OWN, "in a batch": CALLERS });
});
