import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionCommand,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

test("a deleted function is gone with its versions, and answers 204", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  const deleted = await client.send(new DeleteFunctionCommand({ FunctionName: "fn" }));
  assert.equal(deleted.$metadata.httpStatusCode, 204);
  const none = awsError("ResourceNotFoundException", 404, `Function not found: ${arnOf("fn")}`);
  await assert.rejects(client.send(new GetFunctionCommand({ FunctionName: "fn" })), none);
  await assert.rejects(client.send(new DeleteFunctionCommand({ FunctionName: "fn" })), none);
  const version = client.send(new GetFunctionCommand({ FunctionName: "fn", Qualifier: "1" }));
  await assert.rejects(version, awsError("ResourceNotFoundException", 404, `Function not found: ${arnOf("fn")}:1`));
});

test("version numbers go on after delete and create", async (t) => {
  const { client } = await startLambdaServer(t);
  const input = { ...(await newFunction("fn")), Publish: true };
  assert.equal((await client.send(new CreateFunctionCommand(input))).Version, "1");
  await client.send(new DeleteFunctionCommand({ FunctionName: "fn" }));
  assert.equal((await client.send(new CreateFunctionCommand(input))).Version, "2");
});

test("one version can be deleted, and its number is not given again", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  await client.send(new DeleteFunctionCommand({ FunctionName: "fn", Qualifier: "1" }));
  const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: "fn" }));
  assert.deepEqual(
    Versions?.map(({ Version }) => Version),
    ["$LATEST"],
  );
  assert.equal((await client.send(new PublishVersionCommand({ FunctionName: "fn" }))).Version, "2");
});

test("a version that an alias names stays", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "1" }));
  const removal = client.send(new DeleteFunctionCommand({ FunctionName: "fn:1" }));
  await assert.rejects(removal, awsError("ResourceConflictException", 409, /following aliases reference it: \[live\]/));
});

test("$LATEST, an alias and a version that does not exist cannot be deleted", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "1" }));
  const remove = (Qualifier: string) => client.send(new DeleteFunctionCommand({ FunctionName: "fn", Qualifier }));
  const invalid = (message: string) => awsError("InvalidParameterValueException", 400, message);
  await assert.rejects(remove("$LATEST"), invalid("$LATEST version cannot be deleted without deleting the function."));
  await assert.rejects(remove("live"), invalid("Deletion of aliases is not currently supported."));
  await assert.rejects(remove("1221"), awsError("ResourceNotFoundException", 404, `Function not found: ${arnOf("fn")}`));
});
