import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateFunctionCommand, DeleteFunctionCommand, GetFunctionCommand, InvokeCommand } from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";

const pattern = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;

test("a function is found by name, partial ARN and ARN", async (t) => {
  const { client, arnOf, account } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  for (const FunctionName of ["fn", "function:fn", `${account}:function:fn`, arnOf("fn"), `${arnOf("fn")}:$LATEST`]) {
    const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName }));
    assert.equal(Configuration?.FunctionName, "fn", FunctionName);
  }
});

test("a function can be created by its ARN", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  const created = await client.send(new CreateFunctionCommand(await newFunction(arnOf("fn"))));
  assert.equal(created.FunctionName, "fn");
  assert.equal(created.FunctionArn, arnOf("fn"));
});

test("names that are none are refused with AWS's pattern", async (t) => {
  const { client, arnOf, account } = await startLambdaServer(t);
  const bad = [
    "*",
    "my-function!",
    `arn:aws:lambda:invalid-region:${account}:function:fn`,
    `arn:aws:ec2:eu-central-1:${account}:function:fn`,
    "arn:aws:lambda::123456789012:function:fn",
    `${arnOf("fn")}:1:2`,
    `${arnOf("fn")}:$LATES`,
  ];
  for (const FunctionName of bad) {
    const message = `1 validation error detected: Value '${FunctionName}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`;
    await assert.rejects(client.send(new GetFunctionCommand({ FunctionName })), awsError("ValidationException", 400, message));
    await assert.rejects(client.send(new InvokeCommand({ FunctionName })), awsError("ValidationException", 400, message));
  }
});

test("qualifiers that are none, or too long, are refused", async (t) => {
  const { client } = await startLambdaServer(t);
  const get = (Qualifier: string) => client.send(new GetFunctionCommand({ FunctionName: "fn", Qualifier }));
  const at = (value: string, constraint: string) =>
    awsError(
      "ValidationException",
      400,
      `1 validation error detected: Value '${value}' at 'qualifier' failed to satisfy constraint: ${constraint}`,
    );
  const name = String.raw`\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`;
  await assert.rejects(get("invalid!"), at("invalid!", `Member must satisfy regular expression pattern: ${name}`));
  await assert.rejects(get("a".repeat(129)), at("a".repeat(129), "Member must have length less than or equal to 128"));
});

test("a qualifier that is named twice must be the same", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  const differ = awsError(
    "InvalidParameterValueException",
    400,
    "The derived qualifier from the function name does not match the specified qualifier.",
  );
  for (const Command of [GetFunctionCommand, InvokeCommand, DeleteFunctionCommand]) {
    await assert.rejects(client.send(new Command({ FunctionName: "fn:1", Qualifier: "2" }) as GetFunctionCommand), differ);
  }
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: "fn:1", Qualifier: "1" }));
  assert.equal(Configuration?.Version, "1");
});

test("a function that does not exist is not found: Invoke names $LATEST, others the name as it was given", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  const none = (arn: string) => awsError("ResourceNotFoundException", 404, `Function not found: ${arn}`);
  await assert.rejects(client.send(new InvokeCommand({ FunctionName: "none" })), none(`${arnOf("none")}:$LATEST`));
  await assert.rejects(client.send(new InvokeCommand({ FunctionName: "none:7" })), none(`${arnOf("none")}:7`));
  await assert.rejects(client.send(new GetFunctionCommand({ FunctionName: "none" })), none(arnOf("none")));
  await assert.rejects(
    client.send(new GetFunctionCommand({ FunctionName: "none", Qualifier: "$latest" })),
    none(`${arnOf("none")}:$latest`),
  );
  await assert.rejects(client.send(new GetFunctionCommand({ FunctionName: "a".repeat(65) })), none(arnOf("a".repeat(65))));
  await assert.rejects(client.send(new GetFunctionCommand({ FunctionName: "function" })), none(arnOf("function")));
});

test("another region's function is out of reach, another account's is forbidden", async (t) => {
  const { client, account } = await startLambdaServer(t);
  const get = (FunctionName: string) => client.send(new GetFunctionCommand({ FunctionName }));
  await assert.rejects(
    get(`arn:aws:lambda:ap-southeast-1:${account}:function:fn`),
    awsError("ResourceNotFoundException", 404, "Functions from 'ap-southeast-1' are not reachable in this region ('eu-central-1')"),
  );
  await assert.rejects(
    get("arn:aws:lambda:eu-central-1:999999999999:function:fn"),
    awsError(
      "AccessDeniedException",
      403,
      /is not authorized to perform: lambda:GetFunction on resource: arn:aws:lambda:eu-central-1:999999999999:function:fn/,
    ),
  );
});
