// Queues as destinations and as dead-letter queues of asynchronous invocations, over a real server and store.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import type { SqsMessage } from "../../../src/queues/message.ts";
import { awsError, type LambdaServer, newFunction, REGION, startLambdaServer } from "./lambda-server.ts";

const options = { timeout: 180_000 };
const FunctionName = "fn";
const failure = {
  payload: Buffer.from('{"errorMessage":"Test exception","errorType":"E"}'),
  functionError: "Unhandled",
  executedVersion: "$LATEST",
} as const;

async function withQueue(t: TestContext, fails = true, attributes: Readonly<Record<string, string>> = {}) {
  const server = await startLambdaServer(t, { ...(fails && { invoke: async () => failure }) });
  const place = { account: server.account, region: REGION, name: attributes.FifoQueue === "true" ? "letters.fifo" : "letters" };
  const created = await server.queues.create({ ...place, attributes, tags: {}, nowMs: server.queues.nowMs() });
  assert.ok(typeof created === "object");
  const next = async (): Promise<SqsMessage> => {
    const received = await server.queues.receive(created.queue, { max: 1, waitMs: 20_000 });
    assert.ok(Array.isArray(received) && received[0] !== undefined, "a message must come");
    return received[0] as SqsMessage;
  };
  return { ...server, queue: created.queue, next };
}

async function create({ client }: LambdaServer, more: object = {}) {
  await client.send(new CreateFunctionCommand({ ...(await newFunction(FunctionName)), ...more }));
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { FunctionName });
}

const send = ({ client }: LambdaServer, Payload: string) =>
  client.send(new InvokeCommand({ FunctionName, InvocationType: "Event", Payload }));

test("a queue gets the record of a success, with the caller's trace", options, async (t) => {
  const server = await withQueue(t, false);
  await create(server);
  const OnSuccess = { Destination: server.queue.arn };
  await server.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnSuccess } }));
  const { $metadata } = await send(server, '{"n":1}');
  const { body, systemAttributes, attributes } = await server.next();
  const record = JSON.parse(body) as { requestContext: { requestId: string; condition: string }; responsePayload: unknown };
  assert.equal(record.requestContext.requestId, $metadata.requestId);
  assert.equal(record.requestContext.condition, "Success");
  assert.deepEqual(record.responsePayload, { n: 1 });
  assert.deepEqual(attributes, {});
  assert.match(systemAttributes.SenderId ?? "", /^AROA[A-Z2-7]{17}:fn$/);
});

test("a dead-letter queue gets the event that failed three times, and why; the failure destination its record", options, async (t) => {
  const server = await withQueue(t);
  const TargetArn = server.queue.arn;
  await create(server, { DeadLetterConfig: { TargetArn } });
  const shown = await server.client.send(new GetFunctionConfigurationCommand({ FunctionName }));
  assert.deepEqual(shown.DeadLetterConfig, { TargetArn });
  await server.client.send(
    new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnFailure: { Destination: TargetArn } } }),
  );
  const { $metadata } = await send(server, '{ "n": 2 }');
  const both = [await server.next(), await server.next()];
  const letter = both.find(({ body }) => body === '{ "n": 2 }');
  assert.deepEqual(letter?.attributes, {
    RequestID: { DataType: "String", StringValue: $metadata.requestId },
    ErrorCode: { DataType: "Number", StringValue: "200" },
    ErrorMessage: { DataType: "String", StringValue: "Test exception" },
  });
  const record = JSON.parse(both.find((one) => one !== letter)?.body ?? "{}") as { requestContext?: object };
  assert.deepEqual(record.requestContext, {
    requestId: $metadata.requestId,
    functionArn: `${server.arnOf(FunctionName)}:$LATEST`,
    condition: "RetriesExhausted",
    approximateInvokeCount: 3,
  });
});

test("an event that may never run is a dead letter at once", options, async (t) => {
  const server = await withQueue(t);
  await create(server, { DeadLetterConfig: { TargetArn: server.queue.arn } });
  await server.client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }));
  await send(server, '"never"');
  const { body, attributes } = await server.next();
  assert.equal(body, '"never"');
  assert.equal(attributes.ErrorCode?.StringValue, "429");
  assert.equal(server.invocations.length, 0);
});

test("a dead-letter queue must be there; an empty ARN takes it away", options, async (t) => {
  const server = await withQueue(t);
  const { client, queue } = server;
  const missing = `${queue.arn}-none`;
  const invalid = (text: string | RegExp) => awsError("InvalidParameterValueException", 400, text);
  await assert.rejects(
    create(server, { DeadLetterConfig: { TargetArn: missing } }),
    invalid(`The dead-letter queue ${missing} does not exist.`),
  );
  await assert.rejects(
    create(server, { DeadLetterConfig: { TargetArn: "arn:aws:sns:us-east-1:123456789012:t" } }),
    invalid(/does not support/),
  );
  await create(server, { DeadLetterConfig: { TargetArn: queue.arn } });
  const update = async (DeadLetterConfig: { TargetArn: string } | undefined, Timeout: number) => {
    await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, DeadLetterConfig, Timeout }));
    await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 20, minDelay: 1, maxDelay: 1 }, { FunctionName });
    return (await client.send(new GetFunctionConfigurationCommand({ FunctionName }))).DeadLetterConfig;
  };
  assert.deepEqual(await update(undefined, 5), { TargetArn: queue.arn });
  assert.equal(await update({ TargetArn: "" }, 6), undefined);
});

test("records for a FIFO queue never arrive, and the operator is told", options, async (t) => {
  const server = await withQueue(t, true, { FifoQueue: "true" });
  await create(server);
  const OnFailure = { Destination: server.queue.arn };
  await server.client.send(
    new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0, DestinationConfig: { OnFailure } }),
  );
  await send(server, "1");
  while (!server.warnings.some((text) => text.includes("could not take a record"))) await new Promise((resolve) => setTimeout(resolve, 20));
});
