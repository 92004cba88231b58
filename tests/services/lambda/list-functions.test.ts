import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  ListFunctionsCommand,
  PublishVersionCommand,
  paginateListFunctions,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

test("functions are listed by name, without state and runtime version", async (t) => {
  const { client } = await startLambdaServer(t);
  for (const name of ["b", "a", "C"]) await client.send(new CreateFunctionCommand(await newFunction(name)));
  const { Functions, NextMarker } = await client.send(new ListFunctionsCommand({}));
  assert.deepEqual(
    Functions?.map(({ FunctionName }) => FunctionName),
    ["C", "a", "b"],
  );
  assert.equal(NextMarker, undefined);
  assert.equal(Functions?.[0]?.State, undefined);
  assert.equal(Functions?.[0]?.RuntimeVersionConfig, undefined);
  assert.equal(Functions?.[0]?.Description, "");
});

test("without functions the list is empty, not absent", async (t) => {
  const { client } = await startLambdaServer(t);
  assert.deepEqual((await client.send(new ListFunctionsCommand({}))).Functions, []);
});

test("pages follow each other without gap or repetition", async (t) => {
  const { client } = await startLambdaServer(t);
  const names = ["a", "ab", "a-b", "b", "c"];
  for (const name of names) await client.send(new CreateFunctionCommand(await newFunction(name)));
  const seen: (string | undefined)[] = [];
  for await (const page of paginateListFunctions({ client, pageSize: 2 }, {})) {
    assert.ok(page.Functions!.length <= 2);
    seen.push(...page.Functions!.map(({ FunctionName }) => FunctionName));
  }
  assert.deepEqual(seen, ["a", "a-b", "ab", "b", "c"]);
});

test("FunctionVersion=ALL lists every version by its own ARN, $LATEST first", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("a")), Publish: true }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "a", Timeout: 9 }));
  await client.send(new PublishVersionCommand({ FunctionName: "a" }));
  await client.send(new CreateFunctionCommand(await newFunction("b")));
  const seen: (string | undefined)[] = [];
  for await (const page of paginateListFunctions({ client, pageSize: 1 }, { FunctionVersion: "ALL" })) {
    seen.push(...page.Functions!.map(({ FunctionArn }) => FunctionArn));
  }
  assert.deepEqual(seen, [`${arnOf("a")}:$LATEST`, `${arnOf("a")}:1`, `${arnOf("a")}:2`, `${arnOf("b")}:$LATEST`]);
});

test("a marker that is none and a FunctionVersion that is none are refused", async (t) => {
  const { client } = await startLambdaServer(t);
  await assert.rejects(
    client.send(new ListFunctionsCommand({ Marker: "x" })),
    awsError("InvalidParameterValueException", 400, /Marker is invalid/),
  );
  const version = client.send(new ListFunctionsCommand({ FunctionVersion: "invalid" as "ALL" }));
  const message =
    "1 validation error detected: Value 'invalid' at 'functionVersion' failed to satisfy constraint: Member must satisfy enum value set: [ALL]";
  await assert.rejects(version, awsError("ValidationException", 400, message));
});
