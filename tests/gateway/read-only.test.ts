import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { onlyReads } from "../../src/gateway/read-only.ts";

const operationsOf = (service: string) =>
  Object.entries(
    (JSON.parse(readFileSync(`models/${service}.json`, "utf8")) as { operations: Record<string, { http: { method: string } }> }).operations,
  );

test("no operation that is a POST, PUT or DELETE of a REST service reads, but for those that ask", () => {
  const asking = new Set(["SelectObjectContent", "TestInvokeAuthorizer", "TestInvokeMethod"]);
  for (const service of ["lambda", "s3", "scheduler", "apigateway", "apigatewayv2"]) {
    const wrong = operationsOf(service).filter(
      ([name, { http }]) => onlyReads(name) && !["GET", "HEAD"].includes(http.method) && !asking.has(name),
    );
    assert.deepEqual(
      wrong.map(([name]) => name).filter((name) => !/^(Get|List|Describe|Check)/.test(name)),
      [],
      service,
    );
  }
});

test("what sends, takes, starts or changes is no reading", () => {
  for (const name of [
    "Invoke",
    "SendMessage",
    "ReceiveMessage",
    "PutObject",
    "DeleteItem",
    "StartExecution",
    "Publish",
    "AssumeRole",
    "Getaway",
  ]) {
    assert.equal(onlyReads(name), false, name);
  }
  for (const name of ["GetObject", "ListQueues", "DescribeAlarms", "HeadObject"]) assert.equal(onlyReads(name), true, name);
});
