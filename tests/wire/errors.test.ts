// One error, rendered in every protocol as AWS renders it there.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "../../src/lib/errors.ts";
import { decodeCbor } from "../../src/wire/cbor-value.ts";
import { MalformedRequest } from "../../src/wire/malformed.ts";
import { type CodecName, codecs } from "../../src/wire/protocols.ts";
import { ServiceModels } from "../../src/wire/service-model.ts";

const models = new ServiceModels();
const context = { requestId: "id" };

function render(codec: CodecName, service: string, error: ServiceError): { status: number; headers: Record<string, string>; body: string } {
  const { status, headers, body } = codecs[codec].writeError(error, models.get(service), context);
  return { status, headers, body: Buffer.from(body as string | Uint8Array).toString() };
}

const LAMBDA: readonly [code: string, status: number, body: object][] = [
  ["ResourceNotFoundException", 404, { Type: "User", Message: "text" }],
  ["InvalidParameterValueException", 400, { Type: "User", message: "text" }],
  ["ResourceConflictException", 409, { Type: "User", message: "text" }],
  ["ServiceException", 500, { Type: "Service", Message: "text" }],
  ["CodeSigningConfigNotFoundException", 404, { Type: "User", Message: "text" }],
  // Not in the model.
  ["ValidationException", 400, { message: "text" }],
  ["AccessDeniedException", 403, { Message: "text" }],
  ["RequestEntityTooLargeException", 413, { Message: "text" }],
];

for (const [code, status, body] of LAMBDA) {
  test(`Lambda's ${code} has its text and Type where its class has them`, () => {
    const answer = render("rest-json", "lambda", new ServiceError(code, status, "text"));
    assert.equal(answer.status, status);
    assert.deepEqual(JSON.parse(answer.body), body);
    assert.deepEqual([answer.headers["x-amzn-errortype"], answer.headers["x-amzn-requestid"]], [code, "id"]);
  });
}

test("JSON 1.0 has the full id, and the query code of older callers in a header", () => {
  const answer = render("json-1.0", "sqs", new ServiceError("QueueDoesNotExist", 400, "text"));
  assert.deepEqual(JSON.parse(answer.body), { __type: "com.amazonaws.sqs#QueueDoesNotExist", message: "text" });
  assert.equal(answer.headers["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender");
});

test("JSON 1.1 has the short name", () => {
  const answer = render("json-1.1", "logs", new ServiceError("ResourceNotFoundException", 400, "text"));
  assert.deepEqual(JSON.parse(answer.body), { __type: "ResourceNotFoundException", message: "text" });
});

test("the framework's own errors keep their Java names in JSON 1.0", () => {
  const type = (error: ServiceError) => (JSON.parse(render("json-1.0", "stepfunctions", error).body) as { __type: string }).__type;
  assert.equal(type(new MalformedRequest("text")), "com.amazon.coral.service#SerializationException");
  assert.equal(type(new ServiceError("ValidationException", 400, "text")), "com.amazon.coral.validate#ValidationException");
});

test("query has the error's code and status, which are not its class's name", () => {
  const answer = render("query", "iam", new ServiceError("NoSuchEntityException", 400, "a <b> & c"));
  assert.equal(answer.status, 404);
  assert.equal(
    answer.body,
    '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>a &lt;b&gt; &amp; c</Message></Error><RequestId>id</RequestId></ErrorResponse>',
  );
});

test("query knows an error by its code too", () => {
  assert.equal(render("query", "iam", new ServiceError("NoSuchEntity", 404, "text")).status, 404);
});

test("S3 answers a bare Error element with the error's further members", () => {
  const answer = render("rest-xml", "s3", new ServiceError("NoSuchKey", 404, "text", { fields: { Key: "a&b" } }));
  assert.equal(answer.status, 404);
  assert.match(
    answer.body,
    /^<\?xml .*\?>\n<Error><Code>NoSuchKey<\/Code><Message>text<\/Message><Key>a&amp;b<\/Key><RequestId>id<\/RequestId>/,
  );
  assert.equal(answer.headers["x-amz-request-id"], "id");
});

test("CBOR names the class and says which protocol it is", () => {
  const { status, headers, body } = codecs["rpc-v2-cbor"].writeError(
    new ServiceError("ResourceNotFound", 404, "text"),
    models.get("cloudwatch"),
    context,
  );
  const decoded = decodeCbor(body as Uint8Array) as Map<string, string>;
  assert.equal(status, 404);
  assert.equal(headers["smithy-protocol"], "rpc-v2-cbor");
  assert.deepEqual([decoded.get("__type"), decoded.get("message")], ["com.amazonaws.cloudwatch#ResourceNotFound", "text"]);
});

test("what cannot be read has each protocol's own code", () => {
  const error = new MalformedRequest("text");
  assert.match(render("rest-json", "lambda", error).headers["x-amzn-errortype"]!, /^SerializationException$/);
  assert.match(render("query", "iam", error).body, /<Code>MalformedInput<\/Code>/);
  assert.match(render("rest-xml", "s3", error).body, /<Code>MalformedXML<\/Code>/);
});
