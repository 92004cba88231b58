import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  InvokeCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

const text = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString("utf8");

test("the payload reaches the function as it was sent, and its answer the caller", async (t) => {
  const { client, invocations, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const Payload = '{ "a":  [1, "ü"] }\n';
  const answer = await client.send(new InvokeCommand({ FunctionName: "fn", Payload }));
  assert.equal(answer.StatusCode, 200);
  assert.equal(text(answer.Payload), Payload);
  assert.equal(answer.ExecutedVersion, "$LATEST");
  assert.equal(answer.FunctionError, undefined);
  const invocation = invocations.at(-1)!;
  assert.equal(invocation.requestId, answer.$metadata.requestId);
  assert.equal(invocation.invokedArn, arnOf("fn"));
  assert.equal(invocation.tail, false);
});

test("no payload is {}", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  assert.equal(text((await client.send(new InvokeCommand({ FunctionName: "fn" }))).Payload), "{}");
});

test("right after the create answer an invocation runs, without a wait of its own", async (t) => {
  const { client } = await startLambdaServer(t);
  for (let round = 0; round < 20; round++) {
    await client.send(new CreateFunctionCommand(await newFunction(`fn${round}`)));
    assert.equal((await client.send(new InvokeCommand({ FunctionName: `fn${round}` }))).StatusCode, 200);
  }
});

test("the ARN that the function sees has the qualifier that the caller used", async (t) => {
  const { client, invocations, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "1" }));
  for (const [input, qualifier, version] of [
    [{ FunctionName: "fn", Qualifier: "$LATEST" }, ":$LATEST", "$LATEST"],
    [{ FunctionName: "fn:live" }, ":live", "1"],
    [{ FunctionName: `${arnOf("fn")}:1` }, ":1", "1"],
  ] as const) {
    const answer = await client.send(new InvokeCommand(input));
    assert.equal(answer.ExecutedVersion, version);
    assert.equal(invocations.at(-1)!.invokedArn, `${arnOf("fn")}${qualifier}`);
  }
});

test("an alias with weights sends about that part of the invocations to the second version", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 9 }));
  await client.send(new PublishVersionCommand({ FunctionName: "fn" }));
  const RoutingConfig = { AdditionalVersionWeights: { "2": 0.3 } };
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "1", RoutingConfig }));
  const versions: (string | undefined)[] = [];
  for (let call = 0; call < 400; call++) versions.push((await client.send(new InvokeCommand({ FunctionName: "fn:live" }))).ExecutedVersion);
  const second = versions.filter((version) => version === "2").length;
  assert.ok(second > 70 && second < 180, `${second} of 400`); // 120 expected, standard deviation 9
});

test("an update is run by the next invocation, with its own revision", async (t) => {
  const { client, invocations } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  await client.send(new InvokeCommand({ FunctionName: "fn" }));
  const before = invocations.at(-1)!.version;
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 11 }));
  await client.send(new InvokeCommand({ FunctionName: "fn" }));
  const after = invocations.at(-1)!.version;
  assert.equal(after.timeoutMs, 11_000);
  assert.notEqual(after.revisionId, before.revisionId);
});

test("DryRun checks and runs nothing", async (t) => {
  const { client, invocations } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const count = invocations.length;
  const answer = await client.send(new InvokeCommand({ FunctionName: "fn", InvocationType: "DryRun" }));
  assert.equal(answer.StatusCode, 204);
  assert.equal(answer.ExecutedVersion, undefined);
  assert.equal(invocations.length, count);
  const none = client.send(new InvokeCommand({ FunctionName: "none", InvocationType: "DryRun" }));
  await assert.rejects(none, awsError("ResourceNotFoundException", 404, /^Function not found/));
});

test("a client context reaches the function as JSON text; one that is none is refused", async (t) => {
  const { client, invocations } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const invoke = (context: string) => client.send(new InvokeCommand({ FunctionName: "fn", ClientContext: context }));
  const context = '{"custom":{"a":"ü"}}';
  await invoke(Buffer.from(context).toString("base64"));
  assert.equal(invocations.at(-1)!.clientContext, context);
  for (const bad of ["{}", Buffer.from("[1]").toString("base64"), Buffer.from("{").toString("base64"), "A".repeat(3_584)]) {
    await assert.rejects(invoke(bad), awsError("InvalidRequestContentException", 400, /^Client context must be /));
  }
});

test("a function error, the log tail and a trace id come back in their headers", async (t) => {
  const invoke = async () => ({
    payload: Buffer.from('{"errorMessage":"x"}'),
    executedVersion: "$LATEST",
    functionError: "Unhandled" as const,
    logTail: Buffer.from("START\n").toString("base64"),
  });
  const { client, url, invocations } = await startLambdaServer(t, { invoke });
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const answer = await client.send(new InvokeCommand({ FunctionName: "fn", LogType: "Tail" }));
  assert.equal(answer.FunctionError, "Unhandled");
  assert.equal(Buffer.from(answer.LogResult!, "base64").toString(), "START\n");
  assert.equal(invocations.at(-1)!.tail, true);
  const headers = {
    authorization: "AWS4-HMAC-SHA256 Credential=123456789012/20260101/eu-central-1/lambda/aws4_request",
    "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
  };
  const raw = await fetch(`${url}/2015-03-31/functions/fn/invocations`, { method: "POST", headers, body: "{}" });
  assert.match(
    raw.headers.get("x-amzn-trace-id")!,
    /^Root=1-5759e988-bd862e3fe1be46a994272793;Parent=[0-9a-f]{16};Sampled=1;Lineage=1:[0-9a-f]{8}:0$/,
  );
  assert.equal(raw.headers.get("x-amzn-remapped-content-length"), "0");
  assert.equal(raw.headers.get("content-type"), "application/json");
  assert.equal(invocations.at(-1)!.traceHeader, raw.headers.get("x-amzn-trace-id"));
});

test("a payload that is not JSON is refused in AWS's words", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const source = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
  const invoke = (bytes: Buffer) => client.send(new InvokeCommand({ FunctionName: "fn", Payload: bytes }));
  const refused = (message: string, column: number) =>
    awsError(
      "InvalidRequestContentException",
      400,
      `Could not parse request body into json: Could not parse payload into json: ${message}\n at ${source}; line: 1, column: ${column}]`,
    );
  const value = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  await assert.rejects(invoke(Buffer.from("n\x87r\x9e", "latin1")), refused("Invalid UTF-8 start byte 0x87", 3));
  await assert.rejects(
    invoke(Buffer.from("\x99\xeb,j", "latin1")),
    refused(`Unexpected character ((CTRL-CHAR, code 153)): expected a valid value ${value}`, 1),
  );
  await assert.rejects(invoke(Buffer.from("hello")), refused(`Unrecognized token 'hello': was expecting ${value}`, 6));
  await assert.rejects(
    invoke(Buffer.concat([Buffer.from("hello"), Buffer.alloc(100_000, " ")])),
    refused(`Unrecognized token 'hello': was expecting ${value}`, 6),
  );
});

test("6 MB are taken, one byte more is not", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const invoke = (size: number) =>
    client.send(new InvokeCommand({ FunctionName: "fn", Payload: Buffer.from(`"${"a".repeat(size - 2)}"`) }));
  assert.equal((await invoke(6_291_456)).Payload?.length, 6_291_456);
  const message = "6291457 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)";
  await assert.rejects(invoke(6_291_457), awsError("RequestEntityTooLargeException", 413, message));
});
