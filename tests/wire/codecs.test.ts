// The corners of each codec that a round trip of well-formed values does not reach.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CborWritable, encodeCbor } from "../../src/wire/cbor-value.ts";
import { frame } from "../../src/wire/event-stream.ts";
import { MalformedRequest } from "../../src/wire/malformed.ts";
import type { WireRequest } from "../../src/wire/message.ts";
import { type CodecName, codecs } from "../../src/wire/protocols.ts";
import { ServiceModels } from "../../src/wire/service-model.ts";

const models = new ServiceModels();

interface Parts extends Partial<WireRequest> {
  readonly operation: string;
  readonly codec: CodecName;
}

function read({ operation, codec, body = "", ...rest }: Omit<Parts, "body"> & { body?: string | Uint8Array }): Record<string, unknown> {
  const [service, name] = operation.split(":") as [string, string];
  const request: WireRequest = {
    method: "POST",
    path: "/",
    query: "",
    headers: {},
    labels: [],
    ...rest,
    body: Buffer.from(body as string),
  };
  return codecs[codec].readInput(models.get(service).operation(name)!, request);
}

const json = (operation: string, body: string) => read({ operation, codec: "json-1.1", body });
const form = (operation: string, body: string) => read({ operation, codec: "query", body });

test("unknown members and nulls are dropped, an empty body is an empty input", () => {
  assert.deepEqual(json("logs:PutRetentionPolicy", '{"logGroupName":"g","retentionInDays":null,"colour":"red"}'), { logGroupName: "g" });
  assert.deepEqual(json("logs:DescribeLogGroups", ""), {});
});

test("a __proto__ key is a key like any other", () => {
  const input = json("logs:CreateLogGroup", '{"logGroupName":"g","tags":{"__proto__":"x","constructor":"y"},"__proto__":{"kmsKeyId":"z"}}');
  assert.deepEqual(Object.entries(input.tags as object), [
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
  assert.equal(input.kmsKeyId, undefined);
  assert.equal(({} as { kmsKeyId?: string }).kmsKeyId, undefined);
});

const MISTYPED: readonly [operation: string, body: string][] = [
  ["logs:PutRetentionPolicy", '{"logGroupName":7}'],
  ["logs:PutRetentionPolicy", '{"logGroupName":["g"]}'],
  ["logs:PutRetentionPolicy", '{"logGroupName":{}}'],
  ["logs:PutRetentionPolicy", '{"retentionInDays":"7"}'],
  ["logs:PutRetentionPolicy", '{"retentionInDays":1.5}'],
  ["logs:PutLogEvents", '{"logEvents":{}}'],
  ["logs:PutLogEvents", '{"logEvents":[7]}'],
  ["logs:CreateLogGroup", '{"tags":[]}'],
  ["logs:CreateLogGroup", '{"deletionProtectionEnabled":"true"}'],
  ["logs:CreateLogGroup", "[]"],
  ["logs:CreateLogGroup", "null"],
  ["logs:CreateLogGroup", "7"],
  ["logs:CreateLogGroup", "{"],
  ["logs:CreateLogGroup", '{"logGroupName":"\\ud8'],
  ["secretsmanager:CreateSecret", '{"SecretBinary":"not base64"}'],
  ["secretsmanager:CreateSecret", '{"SecretBinary":"YWJj="}'],
  ["events:PutEvents", '{"Entries":[{"Time":"yesterday"}]}'],
  ["events:PutEvents", '{"Entries":[{"Time":1e300}]}'],
];

for (const [operation, body] of MISTYPED) {
  test(`${operation} does not take ${body}`, () => assert.throws(() => json(operation, body), MalformedRequest));
}

test("text that is not UTF-8 is refused", () => {
  assert.throws(
    () => read({ operation: "logs:CreateLogGroup", codec: "json-1.1", body: Buffer.from([0x22, 0xff, 0x22]) }),
    MalformedRequest,
  );
});

test("a recursive shape may not go on for ever", () => {
  const deep = `${'{"Not":'.repeat(5_000)}{}${"}".repeat(5_000)}`;
  assert.throws(() => json("ce:GetDimensionValues", `{"Filter":${deep}}`), MalformedRequest);
});

test("all three forms of a timestamp are read", () => {
  const times = ["1700000000.25", '"2023-11-14T22:13:20.250Z"', '"2023-11-14T23:13:20.250+01:00"', '"1700000000.25"'];
  for (const time of times)
    assert.deepEqual(json("events:PutEvents", `{"Entries":[{"Time":${time}}]}`), { Entries: [{ Time: new Date(1_700_000_000_250) }] });
});

test("query: an empty parameter is an empty list, or an absent number", () => {
  assert.deepEqual(form("iam:CreateRole", "RoleName=r&Tags=&MaxSessionDuration="), {
    RoleName: "r",
    Tags: [],
    MaxSessionDuration: undefined,
  });
});

test("query: elements are taken by their numbers, gaps and order notwithstanding", () => {
  const input = form("iam:TagRole", "RoleName=r&Tags.member.10.Key=c&Tags.member.2.Key=b&Tags.member.1.Key=a&Tags.member.1.Value=x%20y+z");
  assert.deepEqual(input.Tags, [{ Key: "a", Value: "x y z" }, { Key: "b" }, { Key: "c" }]);
});

test("query: a huge number allocates nothing", () => {
  assert.deepEqual((form("iam:TagRole", "Tags.member.999999999.Key=a").Tags as unknown[]).length, 1);
});

test("query: the names of SQS's older callers are understood", () => {
  const input = form("sqs:ReceiveMessage", "QueueUrl=q&AttributeName.1=All&MessageAttributeName.1=a&MaxNumberOfMessages=3");
  assert.deepEqual(input, {
    QueueUrl: "q",
    AttributeNames: ["All"],
    MessageSystemAttributeNames: ["All"],
    MessageAttributeNames: ["a"],
    MaxNumberOfMessages: 3,
  });
});

for (const [name, body] of Object.entries({
  "bad percent-encoding": "RoleName=%zz",
  "an incomplete sequence": "RoleName=%e",
  "bytes that are not UTF-8": "RoleName=%ff",
  "too many parameters": "a=1&".repeat(10_001),
  "too deep a name": `${"a.".repeat(100)}a=1`,
  "a number that is none": "MaxSessionDuration=many",
})) {
  test(`query: ${name} is refused`, () => assert.throws(() => form("iam:CreateRole", body), MalformedRequest));
}

test("rest-json: labels are decoded after the path has been taken apart", () => {
  const input = read({ operation: "lambda:ListTags", codec: "rest-json", labels: ["arn%3Aaws%3Alambda%2Fx"] });
  assert.deepEqual(input, { Resource: "arn:aws:lambda/x" });
});

test("rest-json: a bad label, number or flag is refused", () => {
  assert.throws(() => read({ operation: "lambda:ListTags", codec: "rest-json", labels: ["%"] }), MalformedRequest);
  assert.throws(() => read({ operation: "lambda:ListFunctions", codec: "rest-json", query: "MaxItems=ten" }), MalformedRequest);
  assert.throws(() => read({ operation: "scheduler:ListSchedules", codec: "rest-json", query: "MaxResults=1e9" }), MalformedRequest);
});

test("rest-json: Invoke's payload is not looked at", () => {
  const body = Buffer.from([0xff, 0x00, 0x7b]);
  const input = read({ operation: "lambda:Invoke", codec: "rest-json", labels: ["f"], body });
  assert.deepEqual(Buffer.from(input.Payload as Uint8Array), body);
});

const s3 = (operation: string, body: string) => read({ operation: `s3:${operation}`, codec: "rest-xml", labels: ["bucket"], body });

test("rest-xml: namespaces, declarations, comments, character references and white space make no difference", () => {
  const body = `<?xml version="1.0" encoding="UTF-8"?>
    <!-- sent by hand -->
    <Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key> a&amp;&lt;b&#x20;&#13;</Key></Object><Object><Key><![CDATA[<c>]]></Key></Object><Quiet>true</Quiet></Delete>`;
  assert.deepEqual(s3("DeleteObjects", body).Delete, { Objects: [{ Key: " a&<b \r" }, { Key: "<c>" }], Quiet: true });
});

for (const [name, body] of Object.entries({
  "text that is no XML": "nonsense",
  "an element that does not end": "<Delete><Object>",
  "elements that cross": "<Delete><Object></Delete></Object>",
  "a document type": '<!DOCTYPE d [<!ENTITY a "b">]><Delete>&a;</Delete>',
  "a flag that is none": "<Delete><Quiet>perhaps</Quiet></Delete>",
})) {
  test(`rest-xml: ${name} is refused`, () => assert.throws(() => s3("DeleteObjects", body), MalformedRequest));
}

test("rest-xml: 100,000 levels of elements are refused, or ignored where no member has them", () => {
  const body = `<Delete>${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}</Delete>`;
  try {
    s3("DeleteObjects", body);
  } catch (error) {
    assert.ok(error instanceof MalformedRequest);
  }
});

const cborBody = (value: CborWritable) => encodeCbor(value);
const cloudwatch = (body: Uint8Array) => read({ operation: "cloudwatch:PutMetricData", codec: "rpc-v2-cbor", body });

test("CBOR: open lengths, half floats and tagged times are read", () => {
  // {_ "MetricData": [_ {"MetricName": (_ "a", "b"), "Value": 1.5 (half), "Timestamp": 1(1700000000)}]}
  const hex =
    "bf6a4d657472696344617461 9f a3 6a4d65747269634e616d65 7f61616162ff 6556616c7565 f93e00 6954696d657374616d70 c11a6553f100 ff ff";
  assert.deepEqual(cloudwatch(Buffer.from(hex.replaceAll(" ", ""), "hex")), {
    MetricData: [{ MetricName: "ab", Value: 1.5, Timestamp: new Date(1_700_000_000_000) }],
  });
});

test("CBOR: null and undefined are absent", () => {
  assert.deepEqual(cloudwatch(cborBody(new Map<string, CborWritable>([["Namespace", null]]))), {});
});

for (const [name, hex] of Object.entries({
  "no map": "80",
  "a length that the message does not have": "bb7fffffffffffffff",
  "a text that is longer than the message": "a17b7fffffffffffffff61",
  "an array that claims four thousand million elements": "a1 6a4d657472696344617461 9affffffff",
  "a key that is a number": "a10102",
  "a second item": "a0a0",
  "a break outside": "ff",
  "a reserved length": "a1 6161 1c",
  "text that is not UTF-8": "a1 694e616d657370616365 61ff",
  "a number for a text": "a1 694e616d657370616365 07",
  "100,000 levels": `a1 6161 ${"81".repeat(100_000)}`,
})) {
  test(`CBOR: ${name} is refused`, () => assert.throws(() => cloudwatch(Buffer.from(hex.replaceAll(" ", ""), "hex")), MalformedRequest));
}

test("an event's frame is the one of the specification", () => {
  // Worked out by hand from the event-stream encoding: lengths, CRC of the prelude, one string header, payload, CRC of all.
  const message = Buffer.from(frame({ a: "b" }, "{}"));
  assert.equal(message.readUInt32BE(0), message.length);
  assert.equal(message.readUInt32BE(4), 6);
  assert.deepEqual([...message.subarray(12, 18)], [1, 97, 7, 0, 1, 98]);
  assert.equal(message.subarray(18, 20).toString(), "{}");
});

test("query: batches and maps of SQS's older callers are understood", () => {
  const body =
    "QueueUrl=q&SendMessageBatchRequestEntry.1.Id=1&SendMessageBatchRequestEntry.1.MessageBody=b&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=n&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=v&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String";
  assert.deepEqual(form("sqs:SendMessageBatch", body), {
    QueueUrl: "q",
    Entries: [{ Id: "1", MessageBody: "b", MessageAttributes: { n: { StringValue: "v", DataType: "String" } } }],
  });
  assert.deepEqual(form("sqs:CreateQueue", "QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5&Tag.1.Key=k&Tag.1.Value=v"), {
    QueueName: "q",
    Attributes: { DelaySeconds: "5" },
    tags: { k: "v" },
  });
});

test("query: SQS's older callers get the elements that they know", () => {
  const output = { Messages: [{ MessageId: "m", Attributes: { SentTimestamp: "1" } }] };
  const { body } = codecs.query.writeOutput(models.get("sqs").operation("ReceiveMessage")!, output, { requestId: "id" });
  assert.equal(
    body,
    '<ReceiveMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><ReceiveMessageResult><Message><MessageId>m</MessageId><Attribute><Name>SentTimestamp</Name><Value>1</Value></Attribute></Message></ReceiveMessageResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata></ReceiveMessageResponse>',
  );
});
