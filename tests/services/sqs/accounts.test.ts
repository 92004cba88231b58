import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../src/lib/clock.ts";
import { systemRandom } from "../../../src/lib/random.ts";
import { operations } from "../../../src/services/sqs/operations.ts";
import { Sqs } from "../../../src/services/sqs/sqs.ts";
import { openGateway } from "../../gateway/open-gateway.ts";
import { startSqs } from "./sqs-server.ts";

test("where signatures are checked a queue is for its own account alone", { timeout: 180_000 }, async (t) => {
  const { queues, store, create, account } = await startSqs();
  await create("jobs");
  const parts = { database: store.database, queues, clock: systemClock, random: systemRandom };
  const server = await openGateway({ sqs: { operations, context: new Sqs({ ...parts, auth: "enforce" }) } });
  t.after(() => server.close());
  const ask = async (by: string, operation: string, input: object) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${by}/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0`;
    const headers = { authorization, "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` };
    return (await fetch(server.url, { method: "POST", headers, body: JSON.stringify(input) })).status;
  };
  const QueueUrl = `${server.url}/${account}/jobs`;
  const named = { QueueName: "jobs", QueueOwnerAWSAccountId: account };
  assert.equal(await ask(account, "GetQueueUrl", named), 200);
  assert.equal(await ask(account, "SendMessage", { QueueUrl, MessageBody: "x" }), 200);
  assert.equal(await ask("222222222222", "GetQueueUrl", named), 403);
  assert.equal(await ask("222222222222", "SendMessage", { QueueUrl, MessageBody: "x" }), 403);
  assert.equal(await ask("222222222222", "StartMessageMoveTask", { SourceArn: `arn:aws:sqs:us-east-1:${account}:jobs` }), 403);
});
