import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteAliasCommand,
  GetAliasCommand,
  GetFunctionCommand,
  type LambdaClient,
  ListAliasesCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

async function withTwoVersions(client: LambdaClient): Promise<void> {
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 9 }));
  await client.send(new PublishVersionCommand({ FunctionName: "fn" }));
}

test("an alias is created, shown, updated and deleted", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await withTwoVersions(client);
  const key = { FunctionName: "fn", Name: "live" };
  const created = await client.send(new CreateAliasCommand({ ...key, FunctionVersion: "1" }));
  assert.equal(created.$metadata.httpStatusCode, 201);
  const { $metadata: _, RevisionId, ...shown } = await client.send(new GetAliasCommand(key));
  assert.deepEqual(shown, { AliasArn: `${arnOf("fn")}:live`, Name: "live", FunctionVersion: "1", Description: "" });
  assert.equal(RevisionId, created.RevisionId);
  const updated = await client.send(new UpdateAliasCommand({ ...key, FunctionVersion: "2", Description: "now two", RevisionId }));
  assert.equal(updated.FunctionVersion, "2");
  assert.equal(updated.Description, "now two");
  assert.notEqual(updated.RevisionId, RevisionId);
  assert.equal((await client.send(new DeleteAliasCommand(key))).$metadata.httpStatusCode, 204);
  const gone = awsError("ResourceNotFoundException", 404, `Cannot find alias arn: ${arnOf("fn")}:live`);
  await assert.rejects(client.send(new GetAliasCommand(key)), gone);
  assert.equal((await client.send(new DeleteAliasCommand(key))).$metadata.httpStatusCode, 204);
});

test("GetFunction by alias shows the version with the alias in the ARN", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await withTwoVersions(client);
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "2" }));
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: "fn:live" }));
  assert.equal(Configuration?.Version, "2");
  assert.equal(Configuration?.FunctionArn, `${arnOf("fn")}:live`);
});

test("a second version by weight is shown, kept by other updates, and removed by an empty map", async (t) => {
  const { client } = await startLambdaServer(t);
  await withTwoVersions(client);
  const key = { FunctionName: "fn", Name: "live" };
  const RoutingConfig = { AdditionalVersionWeights: { "2": 0.2 } };
  const created = await client.send(new CreateAliasCommand({ ...key, FunctionVersion: "1", RoutingConfig }));
  assert.deepEqual(created.RoutingConfig, RoutingConfig);
  const described = await client.send(new UpdateAliasCommand({ ...key, Description: "x" }));
  assert.deepEqual(described.RoutingConfig, RoutingConfig);
  const cleared = await client.send(new UpdateAliasCommand({ ...key, RoutingConfig: { AdditionalVersionWeights: {} } }));
  assert.equal(cleared.RoutingConfig, undefined);
});

test("routing that AWS does not take is refused in its words", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await withTwoVersions(client);
  const create = (FunctionVersion: string, AdditionalVersionWeights: Record<string, number>) =>
    client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion, RoutingConfig: { AdditionalVersionWeights } }));
  const invalid = (message: string) => awsError("InvalidParameterValueException", 400, message);
  const constraint = (value: string, text: string) => {
    const escaped = [value, text].map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
    const message = `1 validation error detected: Value '${escaped[0]!.replace("\\.0", "(\\.0)?")}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: ${escaped[1]}`;
    return awsError("ValidationException", 400, new RegExp(`^${message}$`));
  };
  const range =
    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]";
  const keys =
    "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]";
  await assert.rejects(
    create("1", { "1": 0.1, "2": 0.2 }),
    invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"),
  );
  await assert.rejects(create("1", { "2": 2 }), constraint("{2=2.0}", range));
  await assert.rejects(create("1", { "2": -1 }), constraint("{2=-1.0}", range));
  await assert.rejects(create("1", { $LATEST: 0.5 }), constraint("{$LATEST=0.5}", keys));
  await assert.rejects(
    create("1", { "1": 0.5 }),
    invalid("Invalid function version 1. Function version 1 is already included in routing configuration."),
  );
  await assert.rejects(create("$LATEST", { "1": 0.5 }), invalid("$LATEST is not supported for an alias pointing to more than 1 version"));
  await assert.rejects(create("1", { "10": 0.5 }), awsError("ResourceNotFoundException", 404, `Function not found: ${arnOf("fn")}:10`));
});

test("an alias may name $LATEST alone", async (t) => {
  const { client } = await startLambdaServer(t);
  await withTwoVersions(client);
  const created = await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "dev", FunctionVersion: "$LATEST" }));
  assert.equal(created.FunctionVersion, "$LATEST");
});

test("aliases that are there, are not there, or lead nowhere are refused", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await withTwoVersions(client);
  const create = (Name: string, FunctionVersion: string, FunctionName = "fn") =>
    client.send(new CreateAliasCommand({ FunctionName, Name, FunctionVersion }));
  await create("custom", "1");
  await assert.rejects(create("custom", "1"), awsError("ResourceConflictException", 409, `Alias already exists: ${arnOf("fn")}:custom`));
  const notFound = (message: string) => awsError("ResourceNotFoundException", 404, message);
  await assert.rejects(create("other", "10"), notFound(`Function not found: ${arnOf("fn")}:10`));
  await assert.rejects(create("other", "1", "none"), notFound(`Function not found: ${arnOf("none")}:1`));
  const update = client.send(new UpdateAliasCommand({ FunctionName: "fn", Name: "non-existent", Description: "x" }));
  await assert.rejects(update, notFound(`Alias not found: ${arnOf("fn")}:non-existent`));
  const named = create("2024", "1");
  await assert.rejects(
    named,
    awsError(
      "ValidationException",
      400,
      "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
    ),
  );
});

test("an alias update with a RevisionId that is not the latest fails its precondition", async (t) => {
  const { client } = await startLambdaServer(t);
  await withTwoVersions(client);
  const key = { FunctionName: "fn", Name: "live" };
  const { RevisionId } = await client.send(new CreateAliasCommand({ ...key, FunctionVersion: "1" }));
  await client.send(new UpdateAliasCommand({ ...key, Description: "x" }));
  const late = client.send(new UpdateAliasCommand({ ...key, Description: "y", RevisionId }));
  await assert.rejects(
    late,
    awsError(
      "PreconditionFailedException",
      412,
      /^The Revision Id provided does not match the latest Revision Id\. Call the GetFunction\/GetAlias API/,
    ),
  );
});

test("aliases are listed by name, in pages, and by the version they lead to", async (t) => {
  const { client } = await startLambdaServer(t);
  await withTwoVersions(client);
  const create = (Name: string, FunctionVersion: string, weights?: Record<string, number>) =>
    client.send(
      new CreateAliasCommand({
        FunctionName: "fn",
        Name,
        FunctionVersion,
        ...(weights && { RoutingConfig: { AdditionalVersionWeights: weights } }),
      }),
    );
  await create("c", "1");
  await create("a", "2");
  await create("b", "1", { "2": 0.5 });
  const names = async (over: object) => {
    const { Aliases, NextMarker } = await client.send(new ListAliasesCommand({ FunctionName: "fn", ...over }));
    return { names: Aliases!.map(({ Name }) => Name), NextMarker };
  };
  const first = await names({ MaxItems: 2 });
  assert.deepEqual(first.names, ["a", "b"]);
  assert.deepEqual((await names({ Marker: first.NextMarker })).names, ["c"]);
  assert.deepEqual((await names({ FunctionVersion: "2" })).names, ["a", "b"]);
});
