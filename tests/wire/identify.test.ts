// Which service, region and operation a request means.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bucketOfHost } from "../../src/wire/bucket-host.ts";
import { OperationFinder } from "../../src/wire/find-operation.ts";
import { identify } from "../../src/wire/identify.ts";
import { type CodecName, codecOf } from "../../src/wire/protocols.ts";
import { ServiceModels } from "../../src/wire/service-model.ts";
import { headOf } from "./sigv4-vectors.ts";

const models = new ServiceModels();
const finder = new OperationFinder();
const scope = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-3/${service}/aws4_request, SignedHeaders=host, Signature=x`;

const IDENTIFIED: Readonly<
  Record<string, { target?: string; headers?: Readonly<Record<string, string>>; service: string | undefined; region?: string }>
> = {
  "the scope of a signature": { headers: { authorization: scope("monitoring") }, service: "cloudwatch", region: "eu-west-3" },
  "the scope of a presigned URL": {
    target: "/b/k?X-Amz-Credential=A%2F20260101%2Fus-west-2%2Fs3%2Faws4_request",
    service: "s3",
    region: "us-west-2",
  },
  "the path, for the second API Gateway": {
    target: "/v2/apis",
    headers: { authorization: scope("apigateway") },
    service: "apigatewayv2",
    region: "eu-west-3",
  },
  "the first API Gateway": {
    target: "/restapis",
    headers: { authorization: scope("apigateway") },
    service: "apigateway",
    region: "eu-west-3",
  },
  "X-Amz-Target": { headers: { "x-amz-target": "AmazonSQS.SendMessage" }, service: "sqs" },
  "the path of the CBOR protocol": { target: "/service/GraniteServiceVersion20100801/operation/PutMetricData", service: "cloudwatch" },
  "AWS's host name": { headers: { host: "sqs.eu-central-1.amazonaws.com" }, service: "sqs", region: "eu-central-1" },
  "a host name of any domain": {
    headers: { host: "states.us-gov-west-1.localhost:4566" },
    service: "stepfunctions",
    region: "us-gov-west-1",
  },
  "a host name without region": { headers: { host: "sts.amazonaws.com" }, service: "sts" },
  "SQS's old host name": { headers: { host: "queue.amazonaws.com" }, service: "sqs" },
  "a host name with a prefix": { headers: { host: "sync-states.eu-west-1.amazonaws.com" }, service: undefined },
  "a bucket's host name": { headers: { host: "logs.s3.eu-west-1.amazonaws.com" }, service: "s3", region: "eu-west-1" },
  "a dated path": { target: "/2015-03-31/functions", headers: { host: "127.0.0.1:4566" }, service: "lambda" },
  "nothing at all": { headers: { host: "127.0.0.1:4566" }, service: undefined },
  "a bucket that is called as a service": { headers: { host: "logs.localhost:4566" }, service: "logs" },
};

for (const [name, { target = "/", headers = {}, service, region }] of Object.entries(IDENTIFIED)) {
  test(`a service is known by ${name}`, () => {
    const found = identify(headOf("POST", target, Object.entries(headers)));
    assert.deepEqual([found.service, found.region], [service, region]);
  });
}

test("a service that we have no model of keeps its name", () => {
  assert.equal(identify(headOf("POST", "/", [["authorization", scope("dynamodb")]])).unknownService, "dynamodb");
  assert.equal(identify(headOf("POST", "/", [["x-amz-target", "DynamoDB_20120810.ListTables"]])).unknownService, "DynamoDB_20120810");
});

test("SigV2 names its key", () => {
  assert.equal(identify(headOf("GET", "/b/k?AWSAccessKeyId=AK%2BID&Signature=x", [])).accessKeyId, "AK+ID");
});

const PROTOCOLS: readonly [service: string, headers: Readonly<Record<string, string>>, codec: CodecName][] = [
  ["sqs", { "x-amz-target": "AmazonSQS.SendMessage", "content-type": "application/x-amz-json-1.0" }, "json-1.0"],
  ["sqs", { "content-type": "application/x-www-form-urlencoded; charset=utf-8" }, "query"],
  ["cloudwatch", { "smithy-protocol": "rpc-v2-cbor" }, "rpc-v2-cbor"],
  [
    "cloudwatch",
    { "x-amz-target": "GraniteServiceVersion20100801.PutMetricData", "content-type": "application/x-amz-json-1.0" },
    "json-1.0",
  ],
  ["cloudwatch", {}, "query"],
  ["logs", { "x-amz-target": "Logs_20140328.PutLogEvents", "content-type": "application/x-amz-json-1.1" }, "json-1.1"],
  ["lambda", { "content-type": "application/x-www-form-urlencoded" }, "rest-json"],
  ["s3", {}, "rest-xml"],
  ["iam", {}, "query"],
];

for (const [service, headers, codec] of PROTOCOLS) {
  test(`${service} with ${JSON.stringify(headers)} speaks ${codec}`, () =>
    assert.equal(codecOf(headOf("POST", "/", Object.entries(headers)), models.get(service)), codec));
}

const ROUTES: readonly [
  service: string,
  request: string,
  operation: string,
  labels: readonly string[],
  headers?: readonly [string, string][],
][] = [
  ["lambda", "GET /2015-03-31/functions", "ListFunctions", []],
  ["lambda", "GET /2015-03-31/functions/", "ListFunctions", []],
  ["lambda", "POST /2015-03-31/functions/arn%3Aaws%3Alambda/invocations", "Invoke", ["arn%3Aaws%3Alambda"]],
  ["lambda", "GET /2018-10-31/layers?find=LayerVersion&Arn=a", "GetLayerVersionByArn", []],
  ["lambda", "GET /2018-10-31/layers", "ListLayers", []],
  ["lambda", "GET /2019-09-30/functions/f/provisioned-concurrency?Qualifier=1", "GetProvisionedConcurrencyConfig", ["f"]],
  ["lambda", "GET /2019-09-30/functions/f/provisioned-concurrency?List=ALL", "ListProvisionedConcurrencyConfigs", ["f"]],
  ["apigateway", "POST /restapis", "CreateRestApi", []],
  ["apigateway", "POST /restapis?mode=import", "ImportRestApi", []],
  ["s3", "GET /", "ListBuckets", []],
  ["s3", "GET /bucket", "ListObjects", ["bucket"]],
  ["s3", "GET /bucket/", "ListObjects", ["bucket"]],
  ["s3", "GET /bucket?list-type=2", "ListObjectsV2", ["bucket"]],
  ["s3", "GET /bucket?location", "GetBucketLocation", ["bucket"]],
  ["s3", "GET /bucket/a/b//c/", "GetObject", ["bucket", "a/b//c/"]],
  ["s3", "GET /bucket//a", "GetObject", ["bucket", "/a"]],
  ["s3", "GET /bucket/..", "GetObject", ["bucket", ".."]],
  ["s3", "GET /bucket/k?uploadId=u", "ListParts", ["bucket", "k"]],
  ["s3", "GET /bucket/k?x-id=GetObject&versionId=v", "GetObject", ["bucket", "k"]],
  ["s3", "GET /bucket/k?tagging", "GetObjectTagging", ["bucket", "k"]],
  ["s3", "PUT /bucket/k", "PutObject", ["bucket", "k"]],
  ["s3", "PUT /bucket/k?partNumber=1&uploadId=u", "UploadPart", ["bucket", "k"]],
  ["s3", "PUT /bucket/k", "CopyObject", ["bucket", "k"], [["x-amz-copy-source", "b/k"]]],
  ["s3", "PUT /bucket/k?partNumber=1&uploadId=u", "UploadPartCopy", ["bucket", "k"], [["x-amz-copy-source", "b/k"]]],
  ["s3", "POST /bucket?delete", "DeleteObjects", ["bucket"]],
  ["s3", "POST /bucket/k?uploads", "CreateMultipartUpload", ["bucket", "k"]],
  ["s3", "POST /bucket/k?uploadId=u", "CompleteMultipartUpload", ["bucket", "k"]],
];

for (const [service, request, operation, labels, headers = []] of ROUTES) {
  test(`${request}${headers.length > 0 ? ` with ${headers[0]![0]}` : ""} is ${service}:${operation}`, () => {
    const [method, target] = request.split(" ") as [string, string];
    const model = models.get(service);
    const found = finder.find(model, codecOf(headOf(method, target, []), model), headOf(method, target, headers));
    assert.deepEqual([found.operation.name, found.labels], [operation, labels]);
  });
}

test("a path of no operation is refused", () => {
  assert.throws(() => finder.find(models.get("lambda"), "rest-json", headOf("PATCH", "/2015-03-31/functions", [])), {
    code: "UnknownOperationException",
    status: 404,
  });
  assert.throws(() => finder.find(models.get("s3"), "rest-xml", headOf("PATCH", "/b", [])), { code: "MethodNotAllowed", status: 405 });
});

test("an operation that is no operation's name is refused, the names of objects included", () => {
  for (const name of ["Nothing", "constructor", "__proto__", "toString", ""]) {
    assert.throws(() => finder.find(models.get("logs"), "json-1.1", headOf("POST", "/", [["x-amz-target", `Logs_20140328.${name}`]])), {
      code: "UnknownOperationException",
    });
    assert.throws(() => finder.find(models.get("iam"), "query", headOf("POST", "/", []), `Action=${name}&Version=2010-05-08`), {
      code: /InvalidAction/,
    });
  }
});

const BUCKETS: readonly [host: string, bucket: string | undefined][] = [
  ["s3.eu-west-1.amazonaws.com", undefined],
  ["s3.localhost:4566", undefined],
  ["127.0.0.1:4566", undefined],
  ["localhost:4566", undefined],
  ["my.bucket.s3.eu-west-1.amazonaws.com", "my.bucket"],
  ["bucket.s3-eu-west-1.amazonaws.com", "bucket"],
  ["bucket.localhost:4566", "bucket"],
  ["bucket.lambent.example", "bucket"],
  ["lambent.example", undefined],
];

for (const [host, bucket] of BUCKETS) {
  test(`host ${host} names ${bucket ?? "no bucket"}`, () => assert.equal(bucketOfHost(host, ["lambent.example"]), bucket));
}
