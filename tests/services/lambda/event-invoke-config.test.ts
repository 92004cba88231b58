// The event invoke configurations of functions, versions and aliases, with AWS's refusals.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteFunctionEventInvokeConfigCommand,
  GetFunctionEventInvokeConfigCommand,
  ListFunctionEventInvokeConfigsCommand,
  PublishVersionCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionEventInvokeConfigCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer, temporaryDirectory } from "./lambda-server.ts";

const FunctionName = "fn";
const invalid = (text: string | RegExp) => awsError("InvalidParameterValueException", 400, text);
const notFound = (text: string) => awsError("ResourceNotFoundException", 404, text);

async function withFunctions(t: Parameters<typeof startLambdaServer>[0], options?: Parameters<typeof startLambdaServer>[1]) {
  const server = await startLambdaServer(t, options);
  for (const name of ["fn", "other"]) await server.client.send(new CreateFunctionCommand(await newFunction(name)));
  return server;
}

test("what was put is answered, and only that", async (t) => {
  const { client, arnOf } = await withFunctions(t);
  const {
    $metadata: _,
    LastModified,
    ...put
  } = await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }));
  assert.ok(LastModified instanceof Date);
  const DestinationConfig = { OnSuccess: {}, OnFailure: {} };
  assert.deepEqual(put, { FunctionArn: `${arnOf("fn")}:$LATEST`, MaximumRetryAttempts: 1, DestinationConfig });
  const { $metadata: __, ...got } = await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
  assert.deepEqual(got, { ...put, LastModified });
});

test("put replaces, update keeps what it does not name", async (t) => {
  const { client, arnOf } = await withFunctions(t);
  const DestinationConfig = { OnFailure: { Destination: arnOf("other") } };
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 0, DestinationConfig }));
  const updated = await client.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 90 }));
  assert.equal(updated.MaximumRetryAttempts, 0);
  assert.equal(updated.MaximumEventAgeInSeconds, 90);
  assert.deepEqual(updated.DestinationConfig, { OnSuccess: {}, ...DestinationConfig });
  const put = await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumEventAgeInSeconds: 60 }));
  assert.equal(put.MaximumRetryAttempts, undefined);
  assert.deepEqual(put.DestinationConfig, { OnSuccess: {}, OnFailure: {} });
});

test("versions and aliases have their own; an alias's goes with it", async (t) => {
  const { client, arnOf } = await withFunctions(t);
  await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  for (const Qualifier of ["$LATEST", "1", "live"]) {
    await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, Qualifier, MaximumRetryAttempts: 1 }));
  }
  const list = async () =>
    (await client.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName }))).FunctionEventInvokeConfigs?.map(
      (config) => config.FunctionArn,
    );
  assert.deepEqual(await list(), [`${arnOf("fn")}:$LATEST`, `${arnOf("fn")}:1`, `${arnOf("fn")}:live`]);
  await client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
  assert.deepEqual(await list(), [`${arnOf("fn")}:$LATEST`, `${arnOf("fn")}:1`]);
});

test("after a deletion there is none, and none to delete or update", async (t) => {
  const { client, arnOf } = await withFunctions(t);
  await client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }));
  await client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName }));
  const none = notFound(`The function ${arnOf("fn")}:$LATEST doesn't have an EventInvokeConfig`);
  await assert.rejects(client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })), none);
  await assert.rejects(client.send(new DeleteFunctionEventInvokeConfigCommand({ FunctionName })), none);
  await assert.rejects(client.send(new UpdateFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 })), none);
});

test("refusals have AWS's texts", async (t) => {
  const { client, arnOf } = await withFunctions(t);
  const put = (Destination: string) =>
    client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, DestinationConfig: { OnSuccess: { Destination } } }));
  const iam = arnOf("other").replace(":lambda:", ":iam:");
  const shown = `DestinationConfig(onSuccess=OnSuccess(destination=${iam}), onFailure=null)`;
  await assert.rejects(
    client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName })),
    invalid("You must specify at least one of error handling or destination setting."),
  );
  await assert.rejects(put(arnOf("fn")), invalid("You can't specify the function as a destination for itself."));
  await assert.rejects(put(arnOf("doesnotexist")), invalid(`The destination ARN ${arnOf("doesnotexist")} is invalid.`));
  await assert.rejects(put(iam), invalid(`The provided destination config ${shown} is invalid.`));
  const noQueue = "arn:aws:sqs:eu-central-1:123456789012:q";
  await assert.rejects(put(noQueue), invalid(`The destination ARN ${noQueue} is invalid.`));
  await assert.rejects(put("arn:aws:sns:eu-central-1:123456789012:t"), invalid(/does not support the destination arn:aws:sns:/));
  const none = client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName: "none", MaximumRetryAttempts: 1 }));
  await assert.rejects(none, notFound("The function doesn't exist."));
});

test("a configuration is there after a restart", async (t) => {
  const place = { dataDirectory: await temporaryDirectory(t) };
  const first = await withFunctions(t, { place });
  await first.client.send(new PutFunctionEventInvokeConfigCommand({ FunctionName, MaximumRetryAttempts: 1 }));
  await first.close();
  const { client } = await startLambdaServer(t, { place });
  const config = await client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName }));
  assert.equal(config.MaximumRetryAttempts, 1);
});
