import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionConcurrencyCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConcurrencyCommand,
  type LambdaClient,
  PutFunctionConcurrencyCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer, temporaryDirectory } from "./lambda-server.ts";

const FunctionName = "worker";

async function reserve(client: LambdaClient, ReservedConcurrentExecutions: number, name = FunctionName) {
  const { $metadata, ...answer } = await client.send(
    new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions }),
  );
  return answer;
}

async function unreserved(client: LambdaClient): Promise<number | undefined> {
  const { AccountLimit } = await client.send(new GetAccountSettingsCommand({}));
  return AccountLimit?.UnreservedConcurrentExecutions;
}

test("reserved concurrency is shown by its own call, GetFunction and the account's settings, until it is deleted", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  assert.deepEqual(await reserve(client, 7), { ReservedConcurrentExecutions: 7 });
  const get = () => client.send(new GetFunctionConcurrencyCommand({ FunctionName }));
  assert.equal((await get()).ReservedConcurrentExecutions, 7);
  assert.deepEqual((await client.send(new GetFunctionCommand({ FunctionName }))).Concurrency, { ReservedConcurrentExecutions: 7 });
  assert.equal(await unreserved(client), 993);
  const deleted = await client.send(new DeleteFunctionConcurrencyCommand({ FunctionName }));
  assert.equal(deleted.$metadata.httpStatusCode, 204);
  assert.equal((await get()).ReservedConcurrentExecutions, undefined);
  assert.equal((await client.send(new GetFunctionCommand({ FunctionName }))).Concurrency, undefined);
  assert.equal(await unreserved(client), 1_000);
});

test("a hundred of the account's concurrency is left to the others", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  await client.send(new CreateFunctionCommand(await newFunction("other")));
  await reserve(client, 500, "other");
  const tooMuch = awsError(
    "InvalidParameterValueException",
    400,
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
  );
  await assert.rejects(reserve(client, 401), tooMuch);
  await reserve(client, 400);
  await reserve(client, 399);
  assert.equal(await unreserved(client), 101);
});

test("an account and region of their own have concurrency of their own", async (t) => {
  const { client, clientOf, account } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  await reserve(client, 900);
  assert.equal(await unreserved(clientOf({ account, region: "us-east-1" })), 1_000);
});

test("versions and aliases cannot have reserved concurrency", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  const functionsOnly = awsError(
    "InvalidParameterValueException",
    400,
    "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
  );
  await assert.rejects(reserve(client, 1, `${arnOf(FunctionName)}:1`), functionsOnly);
  await assert.rejects(reserve(client, 1, "nobody"), awsError("ResourceNotFoundException", 404, `Function not found: ${arnOf("nobody")}`));
});

test("reserved concurrency goes with its function, and does not come back with one of the same name", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  await reserve(client, 7);
  await client.send(new DeleteFunctionCommand({ FunctionName }));
  assert.equal(await unreserved(client), 1_000);
  await client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  assert.equal((await client.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions, undefined);
});

test("two that reserve the rest at one time: one gets it", async (t) => {
  const { client } = await startLambdaServer(t);
  const names = ["a", "b", "c"];
  for (const name of names) await client.send(new CreateFunctionCommand(await newFunction(name)));
  const answers = await Promise.allSettled(names.map((name) => reserve(client, 900, name)));
  assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 1);
  assert.equal(await unreserved(client), 100);
});

test("reserved concurrency outlives the server", async (t) => {
  const place = { dataDirectory: await temporaryDirectory(t) };
  const before = await startLambdaServer(t, { place });
  await before.client.send(new CreateFunctionCommand(await newFunction(FunctionName)));
  await reserve(before.client, 7);
  await before.close();
  const { client } = await startLambdaServer(t, { place });
  assert.equal((await client.send(new GetFunctionConcurrencyCommand({ FunctionName }))).ReservedConcurrentExecutions, 7);
});
