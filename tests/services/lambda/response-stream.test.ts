import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { ServiceError } from "../../../src/lib/errors.ts";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

async function streamed(client: LambdaClient, input: Partial<InvokeWithResponseStreamCommandInput>) {
  const answer = await client.send(new InvokeWithResponseStreamCommand({ FunctionName: "fn", ...input }));
  const pieces: string[] = [];
  const ends: object[] = [];
  for await (const { PayloadChunk, InvokeComplete } of answer.EventStream ?? []) {
    if (PayloadChunk) pieces.push(Buffer.from(PayloadChunk.Payload!).toString());
    if (InvokeComplete) ends.push(InvokeComplete);
  }
  return { pieces, ends, answer };
}

test("an answer that comes as a whole is one chunk, and then the invocation is complete", async (t) => {
  const { client, invocations, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "1" }));
  const { pieces, ends, answer } = await streamed(client, { Qualifier: "live", Payload: Buffer.from('{"a":1}') });
  assert.deepEqual([pieces, ends], [['{"a":1}'], [{}]]);
  assert.equal(answer.StatusCode, 200);
  assert.equal(answer.ExecutedVersion, "1");
  assert.equal(answer.$metadata.requestId, invocations.at(-1)!.requestId);
  assert.equal(invocations.at(-1)!.invokedArn, `${arnOf("fn")}:live`);
});

test("an error of the function is what completes the invocation, with the log where it was asked for", async (t) => {
  const payload = Buffer.from('{"errorType":"Error","errorMessage":"no"}');
  const invoke = async () => ({ payload, functionError: "Unhandled", executedVersion: "$LATEST", logTail: "bG9n" }) as const;
  const { client } = await startLambdaServer(t, { invoke });
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const { pieces, ends } = await streamed(client, { LogType: "Tail" });
  assert.deepEqual(pieces, []);
  assert.deepEqual(ends, [{ ErrorCode: "Unhandled", ErrorDetails: payload.toString(), LogResult: "bG9n" }]);
});

test("what cannot begin is an error of the call", async (t) => {
  const throttled = async () => {
    throw new ServiceError("TooManyRequestsException", 429, "Rate Exceeded.", { fields: { Reason: "ConcurrentInvocationLimitExceeded" } });
  };
  const { client, arnOf } = await startLambdaServer(t, { invoke: throttled });
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  await assert.rejects(streamed(client, {}), awsError("TooManyRequestsException", 429, "Rate Exceeded."));
  const missing = awsError("ResourceNotFoundException", 404, `Function not found: ${arnOf("none")}:$LATEST`);
  await assert.rejects(streamed(client, { FunctionName: "none" }), missing);
  await assert.rejects(streamed(client, { Payload: Buffer.from("{") }), awsError("InvalidRequestContentException", 400, /Could not parse/));
});

test("what fails after the answer has begun completes the stream with the platform's error", async (t) => {
  const { client, failures } = await startLambdaServer(t, {
    invoke: async ({ stream }) => {
      stream!.begin("text/plain");
      stream!.write(Buffer.from("begun"), () => {});
      throw new ServiceError("ServiceException", 500, "The execution environment ended before the invocation did.");
    },
  });
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const { pieces, ends } = await streamed(client, {});
  assert.deepEqual(pieces, ["begun"]);
  assert.deepEqual(ends, [{ ErrorCode: "ServiceException", ErrorDetails: "The execution environment ended before the invocation did." }]);
  assert.deepEqual(failures, []);
});

test("a dry run runs nothing", async (t) => {
  const { client, invocations } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const before = invocations.length;
  const { pieces, ends, answer } = await streamed(client, { InvocationType: "DryRun" });
  assert.deepEqual([pieces, ends, answer.StatusCode], [[], [], 204]);
  assert.equal(invocations.length, before);
});
