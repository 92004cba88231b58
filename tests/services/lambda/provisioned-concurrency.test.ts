import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetAccountSettingsCommand,
  GetProvisionedConcurrencyConfigCommand,
  type LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

const FunctionName = "worker";
const none = awsError("ProvisionedConcurrencyConfigNotFoundException", 404, "No Provisioned Concurrency Config found for this function");
const invalid = (text: string) => awsError("InvalidParameterValueException", 400, text);

/** A function with versions 1 and 2, and the alias "live" on 1. */
async function withVersions(t: TestContext) {
  const server = await startLambdaServer(t);
  const { client } = server;
  await client.send(new CreateFunctionCommand({ ...(await newFunction(FunctionName)), Publish: true }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 9 }));
  await client.send(new PublishVersionCommand({ FunctionName }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  return server;
}

async function provision(client: LambdaClient, Qualifier: string, ProvisionedConcurrentExecutions: number, name = FunctionName) {
  const { $metadata, ...answer } = await client.send(
    new PutProvisionedConcurrencyConfigCommand({ FunctionName: name, Qualifier, ProvisionedConcurrentExecutions }),
  );
  return { status: $metadata.httpStatusCode, ...answer };
}

function get(client: LambdaClient, Qualifier: string) {
  return client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
}

test("what is asked for is answered with 202, shown, listed by qualifier, and gone after it is deleted", async (t) => {
  const { client, arnOf } = await withVersions(t);
  const { LastModified, ...answer } = await provision(client, "live", 5);
  assert.deepEqual(answer, {
    status: 202,
    RequestedProvisionedConcurrentExecutions: 5,
    AvailableProvisionedConcurrentExecutions: 0,
    AllocatedProvisionedConcurrentExecutions: 0,
    Status: "IN_PROGRESS",
  });
  assert.match(LastModified!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);
  await provision(client, "2", 3);
  const list = await client.send(new ListProvisionedConcurrencyConfigsCommand({ FunctionName }));
  const shown = list.ProvisionedConcurrencyConfigs?.map(({ FunctionArn, RequestedProvisionedConcurrentExecutions: count }) => [
    FunctionArn,
    count,
  ]);
  assert.deepEqual(shown, [
    [`${arnOf(FunctionName)}:2`, 3],
    [`${arnOf(FunctionName)}:live`, 5],
  ]);
  const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
  assert.equal(AccountLimit?.UnreservedConcurrentExecutions, 992);
  for (let twice = 0; twice < 2; twice++) {
    const deleted = await client.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "live" }));
    assert.equal(deleted.$metadata.httpStatusCode, 204);
  }
  await assert.rejects(get(client, "live"), none);
});

test("only one qualifier provisions each version", async (t) => {
  const { client } = await withVersions(t);
  const provisionedVersion = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
  await provision(client, "1", 1);
  await assert.rejects(provision(client, "live", 1), awsError("ResourceConflictException", 409, provisionedVersion));
  await client.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier: "1" }));
  await provision(client, "live", 1);
  const pointedAt = awsError("ResourceConflictException", 409, "Version is pointed by a Provisioned Concurrency alias");
  await assert.rejects(provision(client, "1", 1), pointedAt);
  await provision(client, "2", 1);
  const move = client.send(new UpdateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "2" }));
  await assert.rejects(move, awsError("ResourceConflictException", 409, provisionedVersion));
});

test("only published versions are provisioned, and aliases that lead to one", async (t) => {
  const { client, arnOf } = await withVersions(t);
  const unpublished = invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.");
  await assert.rejects(provision(client, "$LATEST", 1), unpublished);
  await assert.rejects(get(client, "$LATEST"), invalid("The function resource provided must be an alias or a published version."));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "dev", FunctionVersion: "$LATEST" }));
  await assert.rejects(provision(client, "dev", 1), unpublished);
  await provision(client, "live", 1);
  await assert.rejects(client.send(new UpdateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "$LATEST" })), unpublished);
  const notFound = (text: string) => awsError("ResourceNotFoundException", 404, text);
  await assert.rejects(provision(client, "7", 1), notFound(`Function not found: ${arnOf(FunctionName)}:7`));
  await assert.rejects(provision(client, "noalias", 1), notFound(`Cannot find alias arn: ${arnOf(FunctionName)}:noalias`));
  await assert.rejects(provision(client, "noalias", 1, "nobody"), notFound(`Cannot find alias arn: ${arnOf("nobody")}:noalias`));
  const zero =
    "1 validation error detected: Value '0' at 'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 1";
  await assert.rejects(provision(client, "1", 0), awsError("ValidationException", 400, zero));
});

test("an alias with weights cannot be provisioned", async (t) => {
  const { client } = await withVersions(t);
  const route = (AdditionalVersionWeights: Record<string, number>) =>
    client.send(new UpdateAliasCommand({ FunctionName, Name: "live", RoutingConfig: { AdditionalVersionWeights } }));
  await route({ 2: 0.1 });
  await assert.rejects(provision(client, "live", 1), invalid("Alias with weights can not be used with Provisioned Concurrency"));
  await route({});
  assert.equal((await provision(client, "live", 1)).status, 202);
});

test("provisioned concurrency is part of what the function has reserved", async (t) => {
  const { client } = await withVersions(t);
  const reserve = (ReservedConcurrentExecutions: number) =>
    client.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  await reserve(3);
  await provision(client, "live", 2);
  const above = "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function";
  await assert.rejects(provision(client, "2", 2), invalid(above));
  const below = " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2].";
  await assert.rejects(reserve(1), invalid(below));
  await reserve(2);
  assert.equal((await client.send(new GetAccountSettingsCommand({}))).AccountLimit?.UnreservedConcurrentExecutions, 998);
});

test("without a reservation it is taken from what the account has left over", async (t) => {
  const { client } = await withVersions(t);
  const more = "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].";
  await assert.rejects(provision(client, "1", 1_001), invalid(more));
  const minimum =
    "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].";
  await assert.rejects(provision(client, "1", 901), invalid(minimum));
  await provision(client, "1", 900);
  await provision(client, "1", 899);
});

test("what is provisioned for an alias goes with it", async (t) => {
  const { client } = await withVersions(t);
  await provision(client, "live", 1);
  await client.send(new DeleteAliasCommand({ FunctionName, Name: "live" }));
  await client.send(new CreateAliasCommand({ FunctionName, Name: "live", FunctionVersion: "1" }));
  await assert.rejects(get(client, "live"), none);
});
