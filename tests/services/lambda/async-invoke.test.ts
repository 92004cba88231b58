// Asynchronous invocation over a real server and store; what the function does at each attempt is told by the test.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  InvokeAsyncCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import type { Invocation, InvocationResult } from "../../../src/invoke/invocation.ts";
import { throttled } from "../../../src/invoke/quota.ts";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

type Act = (invocation: Invocation) => Promise<InvocationResult>;

const failing: Act = async () => ({
  payload: Buffer.from('{"errorMessage":"no"}'),
  functionError: "Unhandled",
  executedVersion: "$LATEST",
});

interface Recorded {
  readonly requestContext: { readonly requestId: string; readonly condition: string; readonly approximateInvokeCount: number };
  readonly timestamp: string;
}

/** "fn" does what `act` says; "after" is its destination for both ends, and `record` what it got. */
async function serverWith(t: TestContext, act: Act, settings: { readonly pausesMs?: readonly number[]; readonly ageS?: number } = {}) {
  const arrived = Promise.withResolvers<Recorded>();
  const attempts: Invocation[] = [];
  const invoke: Act = async (invocation) => {
    if (invocation.version.name === "after") {
      arrived.resolve(JSON.parse(Buffer.from(invocation.payload).toString()) as Recorded);
      return { payload: Buffer.from("null"), executedVersion: "$LATEST" };
    }
    attempts.push(invocation);
    return act(invocation);
  };
  const server = await startLambdaServer(t, { invoke, ...(settings.pausesMs === undefined ? {} : { pausesMs: settings.pausesMs }) });
  const { client, arnOf } = server;
  for (const name of ["fn", "after"]) await client.send(new CreateFunctionCommand(await newFunction(name)));
  const both = { OnSuccess: { Destination: arnOf("after") }, OnFailure: { Destination: arnOf("after") } };
  const age = settings.ageS === undefined ? {} : { MaximumEventAgeInSeconds: settings.ageS };
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "fn", DestinationConfig: both, ...age }));
  const send = (Payload = '{"n":1}') => client.send(new InvokeCommand({ FunctionName: "fn", InvocationType: "Event", Payload }));
  return { ...server, send, attempts, record: arrived.promise };
}

const succeeding: Act = async ({ payload }) => ({ payload, executedVersion: "$LATEST" });

test("an event is answered 202 with nothing, and its success is told with AWS's record", async (t) => {
  const { send, attempts, record, arnOf } = await serverWith(t, succeeding);
  const answer = await send();
  assert.equal(answer.StatusCode, 202);
  assert.equal(answer.Payload?.byteLength ?? 0, 0);
  const { timestamp, ...rest } = await record;
  assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(rest, {
    version: "1.0",
    requestContext: {
      requestId: answer.$metadata.requestId,
      functionArn: `${arnOf("fn")}:$LATEST`,
      condition: "Success",
      approximateInvokeCount: 1,
    },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: "$LATEST" },
    responsePayload: { n: 1 },
  });
  assert.equal(attempts[0]?.requestId, answer.$metadata.requestId);
});

test("a function error is tried three times under one request id, then told as RetriesExhausted", async (t) => {
  const { send, attempts, record, arnOf } = await serverWith(t, failing);
  const { $metadata } = await send();
  const { timestamp: _, ...rest } = await record;
  assert.deepEqual(rest, {
    version: "1.0",
    requestContext: {
      requestId: $metadata.requestId,
      functionArn: `${arnOf("fn")}:$LATEST`,
      condition: "RetriesExhausted",
      approximateInvokeCount: 3,
    },
    requestPayload: { n: 1 },
    responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
    responsePayload: { errorMessage: "no" },
  });
  assert.deepEqual(
    attempts.map(({ requestId }) => requestId),
    Array(3).fill($metadata.requestId),
  );
});

test("an event that would be too old at its next attempt ends before it", async (t) => {
  const { send, attempts, record } = await serverWith(t, failing, { pausesMs: [60_000, 120_000], ageS: 60 });
  await send();
  const { condition, approximateInvokeCount } = (await record).requestContext;
  assert.deepEqual({ condition, approximateInvokeCount }, { condition: "EventAgeExceeded", approximateInvokeCount: 1 });
  assert.equal(attempts.length, 1);
});

test("throttles use up no attempts", async (t) => {
  let calls = 0;
  const act: Act = async (invocation) => {
    if (++calls === 1) throw throttled("ConcurrentInvocationLimitExceeded");
    return calls === 2 ? failing(invocation) : succeeding(invocation);
  };
  const { send, attempts, record } = await serverWith(t, act);
  await send();
  assert.equal((await record).requestContext.condition, "Success");
  assert.equal((await record).requestContext.approximateInvokeCount, 2);
  assert.equal(attempts.length, 3);
});

test("with a reserved concurrency of 0 an event ends at once, without an attempt", async (t) => {
  const { client, send, attempts, record } = await serverWith(t, succeeding);
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName: "fn", ReservedConcurrentExecutions: 0 }));
  await send();
  const { timestamp: _, ...rest } = await record;
  assert.deepEqual(Object.keys(rest), ["version", "requestContext", "requestPayload"]);
  assert.equal(rest.requestContext.condition, "ZeroReservedConcurrency");
  assert.equal(rest.requestContext.approximateInvokeCount, 0);
  await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName: "fn" }));
  assert.equal(attempts.length, 0);
});

test("with a reserved concurrency of 1 events run one after another", async (t) => {
  let [running, most, ended] = [0, 0, 0];
  const all = Promise.withResolvers<void>();
  const act: Act = async (invocation) => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    if (++ended === 20) all.resolve();
    return succeeding(invocation);
  };
  const { client, send } = await serverWith(t, act);
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName: "fn", ReservedConcurrentExecutions: 1 }));
  await Promise.all(Array.from({ length: 20 }, () => send()));
  await all.promise;
  assert.equal(most, 1);
});

test("a slow function delays no other", async (t) => {
  const slow = Promise.withResolvers<void>();
  const { client, send, record } = await serverWith(t, async (invocation) => {
    await slow.promise;
    return succeeding(invocation);
  });
  await Promise.all(Array.from({ length: 100 }, () => send()));
  await client.send(new InvokeCommand({ FunctionName: "after", InvocationType: "Event", Payload: '{"direct":true}' }));
  assert.deepEqual(await record, { direct: true });
  slow.resolve();
});

test("a payload above 1 MiB is refused, one of 1 MiB arrives whole", async (t) => {
  const { send, record, attempts } = await serverWith(t, succeeding);
  const text = (bytes: number) => JSON.stringify("é".repeat((bytes - 2) / 2));
  await assert.rejects(
    send(text(1_048_578)),
    awsError(
      "RequestEntityTooLargeException",
      413,
      "1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    ),
  );
  await send(text(1_048_576));
  while (attempts.length === 0) await new Promise(setImmediate);
  assert.equal(Buffer.from(attempts[0]!.payload).toString(), text(1_048_576));
  void record; // larger than an event may be: it is dropped
});

test("InvokeAsync is the same under its older name", async (t) => {
  const { client, record } = await serverWith(t, succeeding);
  const id = randomUUID();
  const answer = await client.send(new InvokeAsyncCommand({ FunctionName: "fn", InvokeArgs: JSON.stringify({ id }) }));
  assert.equal(answer.Status, 202);
  assert.equal((await record).requestContext.condition, "Success");
});

test("a function that is not there is refused", async (t) => {
  const { client } = await startLambdaServer(t);
  const none = client.send(new InvokeCommand({ FunctionName: "none", InvocationType: "Event" }));
  await assert.rejects(none, awsError("ResourceNotFoundException", 404, /^Function not found/));
});

test("waiting events go with their function; one of the same name starts anew", async (t) => {
  const { client, send, attempts, record } = await serverWith(t, failing, { pausesMs: [600_000, 600_000] });
  await send('{"of":"the first"}');
  while (attempts.length === 0) await new Promise(setImmediate);
  await client.send(new DeleteFunctionCommand({ FunctionName: "fn" }));
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  await client.send(new PutFunctionConcurrencyCommand({ FunctionName: "fn", ReservedConcurrentExecutions: 1 }));
  await send('{"of":"the second"}');
  while (attempts.length === 1) await new Promise(setImmediate);
  assert.deepEqual(
    attempts.map(({ payload }) => Buffer.from(payload).toString()),
    ['{"of":"the first"}', '{"of":"the second"}'],
  );
  void record; // its configuration went too
});
