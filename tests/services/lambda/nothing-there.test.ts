// What tools ask for on their way although there is nothing of the kind: the answers they expect.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  DeleteFunctionUrlConfigCommand,
  GetAccountSettingsCommand,
  GetCodeSigningConfigCommand,
  GetEventSourceMappingCommand,
  GetFunctionCodeSigningConfigCommand,
  GetFunctionConcurrencyCommand,
  GetFunctionEventInvokeConfigCommand,
  GetFunctionRecursionConfigCommand,
  GetFunctionUrlConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  GetRuntimeManagementConfigCommand,
  ListCodeSigningConfigsCommand,
  ListEventSourceMappingsCommand,
  ListFunctionEventInvokeConfigsCommand,
  ListFunctionUrlConfigsCommand,
  ListLayersCommand,
  ListLayerVersionsCommand,
  ListProvisionedConcurrencyConfigsCommand,
  PutRuntimeManagementConfigCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

const notFound = (message: string) => awsError("ResourceNotFoundException", 404, message);
const FunctionName = "fn";

test("a function has no code signing, no reserved concurrency, and AWS's default for loops", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  const { $metadata: signed, ...signing } = await client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName }));
  assert.equal(signed.httpStatusCode, 200);
  assert.deepEqual(signing, { CodeSigningConfigArn: "", FunctionName });
  const { $metadata: _, ...concurrency } = await client.send(new GetFunctionConcurrencyCommand({ FunctionName }));
  assert.deepEqual(concurrency, {});
  assert.equal((await client.send(new GetFunctionRecursionConfigCommand({ FunctionName }))).RecursiveLoop, "Terminate");
});

test("a function has no URL and no settings for asynchronous invocation: AWS's own words say so", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  const noUrl = notFound("The resource you requested does not exist.");
  await assert.rejects(client.send(new GetFunctionUrlConfigCommand({ FunctionName })), noUrl);
  await assert.rejects(client.send(new DeleteFunctionUrlConfigCommand({ FunctionName })), noUrl);
  const noConfig = (arn: string) => notFound(`The function ${arn} doesn't have an EventInvokeConfig`);
  await assert.rejects(client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName })), noConfig(`${arnOf(FunctionName)}:$LATEST`));
  await assert.rejects(
    client.send(new GetFunctionEventInvokeConfigCommand({ FunctionName, Qualifier: "1221" })),
    noConfig(`${arnOf(FunctionName)}:1221`),
  );
});

test("provisioned concurrency: none for a version that is there, and the version or alias named if it is not", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction(FunctionName)), Publish: true }));
  const get = (Qualifier: string) => client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
  await assert.rejects(
    get("1"),
    awsError("ProvisionedConcurrencyConfigNotFoundException", 404, "No Provisioned Concurrency Config found for this function"),
  );
  await assert.rejects(get("7"), notFound(`Function not found: ${arnOf(FunctionName)}:7`));
  await assert.rejects(get("noalias"), notFound(`Cannot find alias arn: ${arnOf(FunctionName)}:noalias`));
  assert.deepEqual((await client.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }))).ProvisionedConcurrencyConfigs, []);
});

test("lists of what cannot be made yet are empty, not absent", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  assert.deepEqual((await client.send(new ListLayersCommand({}))).Layers, []);
  assert.deepEqual((await client.send(new ListLayerVersionsCommand({ LayerName: "l" }))).LayerVersions, []);
  assert.deepEqual((await client.send(new ListEventSourceMappingsCommand({ FunctionName }))).EventSourceMappings, []);
  assert.deepEqual((await client.send(new ListEventSourceMappingsCommand({}))).EventSourceMappings, []);
  assert.deepEqual((await client.send(new ListFunctionUrlConfigsCommand({ FunctionName }))).FunctionUrlConfigs, []);
  assert.deepEqual((await client.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName }))).FunctionEventInvokeConfigs, []);
  assert.deepEqual((await client.send(new ListCodeSigningConfigsCommand({}))).CodeSigningConfigs, []);
});

test("of a function that does not exist nothing is told", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  const none = notFound(`Function not found: ${arnOf(FunctionName)}`);
  await assert.rejects(client.send(new GetFunctionCodeSigningConfigCommand({ FunctionName })), none);
  await assert.rejects(client.send(new GetFunctionConcurrencyCommand({ FunctionName })), none);
  await assert.rejects(client.send(new GetRuntimeManagementConfigCommand({ FunctionName })), none);
  await assert.rejects(client.send(new ListFunctionUrlConfigsCommand({ FunctionName })), notFound("Function does not exist"));
  await assert.rejects(client.send(new ListFunctionEventInvokeConfigsCommand({ FunctionName })), notFound("The function doesn't exist."));
  const mapping = client.send(new GetEventSourceMappingCommand({ UUID: "11111111-2222-3333-4444-555555555555" }));
  await assert.rejects(mapping, notFound("The resource you requested does not exist."));
});

test("runtimes are updated automatically; another mode is refused", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  const got = await client.send(new GetRuntimeManagementConfigCommand({ FunctionName }));
  assert.equal(got.UpdateRuntimeOn, "Auto");
  assert.equal(got.FunctionArn, `${arnOf(FunctionName)}:$LATEST`);
  const put = (UpdateRuntimeOn: "Auto" | "FunctionUpdate") =>
    client.send(new PutRuntimeManagementConfigCommand({ FunctionName, UpdateRuntimeOn }));
  assert.equal((await put("Auto")).UpdateRuntimeOn, "Auto");
  await assert.rejects(put("FunctionUpdate"), awsError("InvalidParameterValueException", 400, /UpdateRuntimeOn FunctionUpdate/));
});

test("account settings count what is there, in this region", async (t) => {
  const { client, clientOf, account } = await startLambdaServer(t);
  const input = await newFunction(FunctionName);
  await client.send(new CreateFunctionCommand({ ...input, Publish: true }));
  const { AccountLimit, AccountUsage } = await client.send(new GetAccountSettingsCommand({}));
  assert.deepEqual(AccountLimit, {
    TotalCodeSize: 80_530_636_800,
    CodeSizeUnzipped: 262_144_000,
    CodeSizeZipped: 52_428_800,
    ConcurrentExecutions: 1_000,
    UnreservedConcurrentExecutions: 1_000,
  });
  assert.deepEqual(AccountUsage, { TotalCodeSize: 2 * input.Code.ZipFile.length, FunctionCount: 1 });
  const elsewhere = await clientOf({ account, region: "us-east-1" }).send(new GetAccountSettingsCommand({}));
  assert.deepEqual(elsewhere.AccountUsage, { TotalCodeSize: 0, FunctionCount: 0 });
});

const CSC = "arn:aws:lambda:eu-central-1:123456789012:code-signing-config:csc-0f6c334abcdea4d8b";

test("an operation that is not built is refused by its name", async (t) => {
  const { client } = await startLambdaServer(t);
  const config = client.send(new GetCodeSigningConfigCommand({ CodeSigningConfigArn: CSC }));
  await assert.rejects(config, (error: Error & { $metadata: { httpStatusCode?: number } }) => {
    assert.equal(error.$metadata.httpStatusCode, 501);
    assert.match(`${error.name} ${error.message}`, /GetCodeSigningConfig/);
    return true;
  });
});
