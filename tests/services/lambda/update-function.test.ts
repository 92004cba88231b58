import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  ListVersionsByFunctionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, startLambdaServer } from "./lambda-server.ts";
import { zipOf } from "./zip-of.ts";

const otherZip = await zipOf({ bootstrap: { content: "#!/bin/sh\nexit 2\n", mode: 0o100755 } });
const otherSha256 = createHash("sha256").update(otherZip).digest("base64");
const mismatch =
  "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id";

test("new code is in progress in the answer and settled in the next GetFunction", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const updated = await client.send(new UpdateFunctionCodeCommand({ FunctionName: "fn", ZipFile: otherZip }));
  assert.equal(updated.State, "Active");
  assert.equal(updated.LastUpdateStatus, "InProgress");
  assert.equal(updated.LastUpdateStatusReason, "The function is being created.");
  assert.equal(updated.LastUpdateStatusReasonCode, "Creating");
  assert.equal(updated.CodeSha256, otherSha256);
  assert.equal(updated.CodeSize, otherZip.length);
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: "fn" }));
  assert.equal(Configuration?.LastUpdateStatus, "Successful");
  assert.equal(Configuration?.LastUpdateStatusReason, undefined);
  assert.notEqual(Configuration?.RevisionId, updated.RevisionId);
});

test("an update with the same code keeps CodeSha256 and changes RevisionId", async (t) => {
  const { client } = await startLambdaServer(t);
  const input = await newFunction("fn");
  const created = await client.send(new CreateFunctionCommand(input));
  const before = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  await client.send(new UpdateFunctionCodeCommand({ FunctionName: "fn", ZipFile: input.Code.ZipFile }));
  const after = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  assert.equal(after.CodeSha256, created.CodeSha256);
  assert.notEqual(after.RevisionId, before.RevisionId);
});

test("UpdateFunctionCode with Publish answers with the new version by its own ARN", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  const updated = await client.send(new UpdateFunctionCodeCommand({ FunctionName: "fn", ZipFile: otherZip, Publish: true }));
  assert.equal(updated.Version, "2");
  assert.equal(updated.FunctionArn, `${arnOf("fn")}:2`);
  assert.equal(updated.LastUpdateStatus, "InProgress");
  const first = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn", Qualifier: "1" }));
  assert.notEqual(first.CodeSha256, otherSha256);
});

test("UpdateFunctionCode with DryRun shows what would be and changes nothing", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const before = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  const dry = await client.send(new UpdateFunctionCodeCommand({ FunctionName: "fn", ZipFile: otherZip, Publish: true, DryRun: true }));
  assert.equal(dry.CodeSha256, otherSha256);
  const { $metadata: _a, ...after } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  const { $metadata: _b, ...same } = before;
  assert.deepEqual(after, same);
  const { Versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: "fn" }));
  assert.equal(Versions?.length, 1);
});

test("code that is refused leaves the function as it was", async (t) => {
  const { client } = await startLambdaServer(t);
  const created = await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const bad = client.send(new UpdateFunctionCodeCommand({ FunctionName: "fn", ZipFile: Buffer.from("no zip") }));
  await assert.rejects(bad, awsError("InvalidParameterValueException", 400, /^Could not unzip uploaded file/));
  const after = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  assert.equal(after.CodeSha256, created.CodeSha256);
  assert.equal(after.LastUpdateStatus, "Successful");
});

test("an image for a zip function is refused in AWS's words", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const image = client.send(
    new UpdateFunctionCodeCommand({ FunctionName: "fn", ImageUri: "123456789012.dkr.ecr.eu-central-1.amazonaws.com/i:1" }),
  );
  const message = "Please don't provide ImageUri when updating a function with packageType Zip.";
  await assert.rejects(image, awsError("InvalidParameterValueException", 400, message));
});

test("a configuration update changes what it names and keeps the rest", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(
    new CreateFunctionCommand({ ...(await newFunction("fn")), Description: "old", Environment: { Variables: { AA: "1" } }, Timeout: 7 }),
  );
  const updated = await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", MemorySize: 256, Description: "new" }));
  assert.equal(updated.LastUpdateStatus, "InProgress");
  const after = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  assert.equal(after.MemorySize, 256);
  assert.equal(after.Description, "new");
  assert.equal(after.Timeout, 7);
  assert.deepEqual(after.Environment, { Variables: { AA: "1" } });
});

test("variables are replaced as a whole, and removed by an empty map", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Environment: { Variables: { AA: "1", BB: "2" } } }));
  const set = (Variables: Record<string, string>) =>
    client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Environment: { Variables } }));
  assert.deepEqual((await set({ CC: "3" })).Environment, { Variables: { CC: "3" } });
  assert.deepEqual((await set({})).Environment, { Variables: {} });
});

test("JSON logs get their default levels, and lose them on the way back to text", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const set = (LoggingConfig: object) => client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", LoggingConfig }));
  const json = await set({ LogFormat: "JSON", ApplicationLogLevel: "ERROR" });
  const LogGroup = "/aws/lambda/fn";
  assert.deepEqual(json.LoggingConfig, { LogFormat: "JSON", ApplicationLogLevel: "ERROR", SystemLogLevel: "INFO", LogGroup });
  assert.deepEqual((await set({ LogFormat: "Text" })).LoggingConfig, { LogFormat: "Text", LogGroup });
  await assert.rejects(set({ SystemLogLevel: "DEBUG" }), awsError("InvalidParameterValueException", 400, /only with LogFormat JSON/));
});

test("a RevisionId that is not the latest fails the precondition of both updates", async (t) => {
  const { client } = await startLambdaServer(t);
  const created = await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const RevisionId = created.RevisionId; // changed when the function settled
  const code = client.send(new UpdateFunctionCodeCommand({ FunctionName: "fn", ZipFile: otherZip, RevisionId }));
  await assert.rejects(code, awsError("PreconditionFailedException", 412, mismatch));
  const configuration = client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 5, RevisionId }));
  await assert.rejects(configuration, awsError("PreconditionFailedException", 412, mismatch));
  const latest = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 5, RevisionId: latest.RevisionId }));
});

test("of updates at the same moment those that come in between are told so, and no change is lost", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  await client.send(new GetFunctionCommand({ FunctionName: "fn" }));
  const updates = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) =>
      client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Environment: { Variables: { [`V${index}`]: "x" } } })),
    ),
  );
  const done = updates.filter(({ status }) => status === "fulfilled").length;
  assert.ok(done >= 1);
  const message = `The operation cannot be performed at this time. An update is in progress for resource: ${arnOf("fn")}`;
  for (const update of updates)
    if (update.status === "rejected") assert.ok(awsError("ResourceConflictException", 409, message)(update.reason));
});

test("updates of a function that does not exist, or of a version, are refused", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  const none = client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "none", Timeout: 5 }));
  await assert.rejects(none, awsError("ResourceNotFoundException", 404, `Function not found: ${arnOf("none")}`));
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  const version = client.send(new UpdateFunctionCodeCommand({ FunctionName: "fn:1", ZipFile: otherZip }));
  await assert.rejects(version, awsError("InvalidParameterValueException", 400, /^This operation is permitted on Lambda functions only\./));
});

test("a runtime that is deprecated cannot be updated to", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const update = client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Runtime: "nodejs12.x" }));
  await assert.rejects(
    update,
    awsError("InvalidParameterValueException", 400, /^The runtime parameter of nodejs12\.x is no longer supported/),
  );
});
