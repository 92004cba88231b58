// SQS as other clients speak it: the query protocol with XML, boto3 and aws-cli, which check MD5s themselves.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { pythonEnv } from "../../../scripts/python-env.ts";
import { startSqs } from "./sqs-server.ts";

const execute = promisify(execFile);
const options = { timeout: 240_000 };

/** Signed enough for open mode: the key names account, region and service. */
async function form(url: string, account: string, parameters: Record<string, string>) {
  const authorization = `AWS4-HMAC-SHA256 Credential=${account}/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0`;
  const headers = { "content-type": "application/x-www-form-urlencoded", authorization };
  const response = await fetch(url, { method: "POST", headers, body: new URLSearchParams({ Version: "2012-11-05", ...parameters }) });
  return { status: response.status, text: await response.text() };
}

const inside = (name: string, xml: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];

test("the query protocol names the queue by the path, and answers in XML", options, async () => {
  const { url, account } = await startSqs();
  const created = await form(`${url}/`, account, {
    Action: "CreateQueue",
    QueueName: "jobs",
    "Attribute.1.Name": "VisibilityTimeout",
    "Attribute.1.Value": "7",
    "Tag.1.Key": "team",
    "Tag.1.Value": "blue",
  });
  const queueUrl = inside("QueueUrl", created.text) ?? "";
  assert.equal(queueUrl, `${url}/${account}/jobs`, created.text);
  const sent = await form(queueUrl, account, {
    Action: "SendMessage",
    MessageBody: "a & <b>",
    "MessageAttribute.1.Name": "n",
    "MessageAttribute.1.Value.DataType": "Number",
    "MessageAttribute.1.Value.StringValue": "1",
  });
  assert.match(inside("MD5OfMessageAttributes", sent.text) ?? "", /^[0-9a-f]{32}$/, sent.text);
  const received = await form(queueUrl, account, {
    Action: "ReceiveMessage",
    "AttributeName.1": "ApproximateReceiveCount",
    "MessageAttributeName.1": "All",
  });
  assert.equal(inside("Body", received.text), "a &amp; &lt;b&gt;");
  assert.match(received.text, /<Attribute><Name>ApproximateReceiveCount<\/Name><Value>1<\/Value><\/Attribute>/);
  assert.match(
    received.text,
    /<MessageAttribute><Name>n<\/Name><Value><StringValue>1<\/StringValue>.*<DataType>Number<\/DataType><\/Value><\/MessageAttribute>/,
  );
  const attributes = await form(queueUrl, account, { Action: "GetQueueAttributes", "AttributeName.1": "VisibilityTimeout" });
  assert.match(attributes.text, /<Attribute><Name>VisibilityTimeout<\/Name><Value>7<\/Value><\/Attribute>/);
});

test("an action that nobody signed is told by its version, and by the path of a queue", options, async () => {
  const { client, create, url } = await startSqs();
  const QueueUrl = await create("jobs");
  const unsigned = async (to: string, body?: Record<string, string>) => {
    const response = await fetch(to, body && { method: "POST", body: new URLSearchParams(body) });
    return inside("Code", await response.text()) ?? response.status;
  };
  assert.equal(await unsigned(QueueUrl, { Action: "SendMessage", MessageBody: "hello" }), 200);
  assert.equal(await unsigned(`${QueueUrl}?Action=PurgeQueue`), 200);
  assert.equal(await unsigned(`${url}/?Action=ListQueues&Version=2012-11-05`), 200);
  assert.equal(await unsigned(`${url}/`, { Action: "ListQueues" }), "NotImplementedException");
  assert.equal(await client.send(new ReceiveMessageCommand({ QueueUrl })).then(({ Messages }) => Messages), undefined);
});

test("errors of the query protocol have its codes and its sentences", options, async () => {
  const { url, account } = await startSqs();
  const missing = await form(`${url}/${account}/none`, account, { Action: "ReceiveMessage" });
  assert.equal(missing.status, 400);
  assert.equal(inside("Code", missing.text), "AWS.SimpleQueueService.NonExistentQueue");
  assert.equal(inside("Message", missing.text), "The specified queue does not exist for this wsdl version.");
  const nothing = await form(`${url}/${account}/none`, account, { Action: "SendMessageBatch" });
  assert.equal(inside("Code", nothing.text), "AWS.SimpleQueueService.EmptyBatchRequest");
  assert.equal(inside("Message", nothing.text), "There should be at least one SendMessageBatchRequestEntry in the request.");
  const nowhere = await form(`${url}/`, account, { Action: "ReceiveMessage" });
  assert.equal(inside("Code", nowhere.text), "MissingParameter");
  assert.equal(inside("Message", nowhere.text), "The request must contain the parameter QueueUrl.");
  const json = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "AmazonSQS.GetQueueUrl", "x-amzn-query-mode": "true" },
    body: '{"QueueName":"none"}',
  });
  assert.equal(json.headers.get("x-amzn-query-error"), "AWS.SimpleQueueService.NonExistentQueue;Sender");
  assert.deepEqual(await json.json(), { __type: "com.amazonaws.sqs#QueueDoesNotExist", message: "The specified queue does not exist." });
});

const SCRIPT = `
import boto3, sys
sqs = boto3.resource("sqs", endpoint_url=sys.argv[1], region_name="us-east-1")
queue = sqs.create_queue(QueueName="boto.fifo", Attributes={"FifoQueue": "true"})
sent = queue.send_messages(Entries=[{"Id": str(n), "MessageBody": f"käse {n}", "MessageGroupId": "g", "MessageDeduplicationId": str(n),
    "MessageAttributes": {"a": {"DataType": "Binary", "BinaryValue": b"\\x00\\xff"}}} for n in range(3)])
assert len(sent["Successful"]) == 3 and "Failed" not in sent, sent
messages = queue.receive_messages(MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"], WaitTimeSeconds=5)
assert [m.body for m in messages] == ["käse 0", "käse 1", "käse 2"], messages
assert messages[0].message_attributes["a"]["BinaryValue"] == b"\\x00\\xff"
queue.delete_messages(Entries=[{"Id": m.message_id, "ReceiptHandle": m.receipt_handle} for m in messages])
try:
    sqs.meta.client.send_message(QueueUrl=queue.url + "x", MessageBody="x")
    raise AssertionError("it must not be there")
except sqs.meta.client.exceptions.QueueDoesNotExist as error:
    assert error.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue", error.response
try:
    sqs.meta.client.receive_message(QueueUrl=queue.url, MaxNumberOfMessages=11)
    raise AssertionError("too many")
except sqs.meta.client.exceptions.ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidParameterValue", error.response
print("done")
`;

test("boto3 and aws-cli send, receive and read errors", options, async () => {
  const { url, account } = await startSqs();
  const python = await pythonEnv();
  const env = { PATH: process.env.PATH, HOME: "/nonexistent", AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: "any" };
  const { stdout } = await execute(python.bin("python"), ["-c", SCRIPT, url], { env });
  assert.equal(stdout, "done\n");
  const aws = async (...args: readonly string[]) => {
    const all = ["--endpoint-url", url, "--region", "us-east-1", "--output", "json", "sqs", ...args];
    return JSON.parse((await execute(python.bin("aws"), all, { env })).stdout || "{}") as Record<string, unknown>;
  };
  const { QueueUrl } = await aws("create-queue", "--queue-name", "cli", "--attributes", "DelaySeconds=0");
  await aws("send-message", "--queue-url", String(QueueUrl), "--message-body", "hello");
  const { Messages } = await aws("receive-message", "--queue-url", String(QueueUrl), "--wait-time-seconds", "5");
  assert.deepEqual(
    (Messages as { Body: string }[]).map(({ Body }) => Body),
    ["hello"],
  );
});
