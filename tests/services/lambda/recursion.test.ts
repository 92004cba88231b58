import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  GetFunctionRecursionConfigCommand,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  PutFunctionRecursionConfigCommand,
} from "@aws-sdk/client-lambda";
import { until } from "../../invoke/data-plane.ts";
import { awsError, type LambdaServer, newFunction, startLambdaServer } from "./lambda-server.ts";

/** As an SDK inside a function calls, with the trace of the invocation that it runs in. */
function invoke({ url, account }: LambdaServer, name: string, trace: string | null, type = "RequestResponse"): Promise<Response> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${account}/20261126/eu-central-1/lambda/aws4_request, SignedHeaders=host, Signature=0`;
  return fetch(`${url}/2015-03-31/functions/${name}/invocations`, {
    method: "POST",
    headers: { authorization, "x-amz-invocation-type": type, ...(trace === null ? {} : { "x-amzn-trace-id": trace }) },
    body: "{}",
  });
}

async function chain(server: LambdaServer, name: string, count: number): Promise<Response> {
  let answer = await invoke(server, name, null);
  for (let run = 1; run < count; run++) answer = await invoke(server, name, answer.headers.get("x-amzn-trace-id"));
  return answer;
}

test("the seventeenth run in a chain is stopped, others of the function are not", async (t) => {
  const server = await startLambdaServer(t);
  await server.client.send(new CreateFunctionCommand(await newFunction("fn")));
  const sixteenth = await chain(server, "fn", 16);
  assert.equal(sixteenth.status, 200);
  const before = server.invocations.length;
  const stopped = await invoke(server, "fn", sixteenth.headers.get("x-amzn-trace-id"));
  assert.equal(stopped.status, 400);
  assert.equal(stopped.headers.get("x-amzn-errortype"), "RecursiveInvocationException");
  assert.match(JSON.stringify(await stopped.json()), /recursive loop/);
  assert.equal(server.invocations.length, before);
  assert.equal((await invoke(server, "fn", null)).status, 200);
  assert.equal(server.lambda.recursion.dropped(server.arnOf("fn")), 1);
});

test("the configuration is kept, allows a loop, and is no change that could be published", async (t) => {
  const server = await startLambdaServer(t);
  const { client } = server;
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const config = async () => (await client.send(new GetFunctionRecursionConfigCommand({ FunctionName: "fn" }))).RecursiveLoop;
  assert.equal(await config(), "Terminate");
  const first = await client.send(new PublishVersionCommand({ FunctionName: "fn" }));
  const { LastModified } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  assert.equal(
    (await client.send(new PutFunctionRecursionConfigCommand({ FunctionName: "fn", RecursiveLoop: "Allow" }))).RecursiveLoop,
    "Allow",
  );
  assert.equal(await config(), "Allow");
  assert.equal((await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }))).LastModified, LastModified);
  assert.equal((await client.send(new PublishVersionCommand({ FunctionName: "fn" }))).Version, first.Version);
  assert.equal((await chain(server, "fn", 20)).status, 200);
  await client.send(new PutFunctionRecursionConfigCommand({ FunctionName: "fn", RecursiveLoop: "Terminate" }));
  assert.equal((await chain(server, "fn", 17)).status, 400);
  const wrong = new PutFunctionRecursionConfigCommand({ FunctionName: "fn", RecursiveLoop: "Never" as "Allow" });
  await assert.rejects(client.send(wrong), awsError("ValidationException", 400, /at 'recursiveLoop' failed to satisfy constraint/));
  const missing = new GetFunctionRecursionConfigCommand({ FunctionName: "none" });
  await assert.rejects(client.send(missing), awsError("ResourceNotFoundException", 404, /Function not found/));
});

test("an event that is one too many goes where failures go, without a run", async (t) => {
  const server = await startLambdaServer(t);
  const { client, invocations, arnOf } = server;
  for (const name of ["loops", "told"]) await client.send(new CreateFunctionCommand(await newFunction(name)));
  const OnFailure = { Destination: arnOf("told") };
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "loops", DestinationConfig: { OnFailure } }));
  const trace = (await chain(server, "loops", 16)).headers.get("x-amzn-trace-id");
  const before = invocations.length;
  assert.equal((await invoke(server, "loops", trace, "Event")).status, 202);
  await until(() => invocations.length > before);
  const [{ version, payload, traceHeader }] = invocations.slice(before) as [(typeof invocations)[number]];
  assert.equal(version.name, "told");
  const record = JSON.parse(Buffer.from(payload).toString());
  assert.deepEqual([record.requestContext.condition, record.requestContext.approximateInvokeCount], ["RetriesExhausted", 0]);
  assert.equal(record.requestContext.functionArn, `${arnOf("loops")}:$LATEST`);
  // The destination is in the chain too.
  assert.match(traceHeader!, /;Lineage=1[78]:/);
});
