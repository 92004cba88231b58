import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  CreateFunctionCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  waitUntilFunctionActiveV2,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, ROLE, startLambdaServer } from "./lambda-server.ts";
import { zipOf } from "./zip-of.ts";

test("a new function is Pending in the answer, with every key that AWS always sends", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  const input = await newFunction("fn");
  const { $metadata, RevisionId, LastModified, RuntimeVersionConfig, ...created } = await client.send(new CreateFunctionCommand(input));
  assert.equal($metadata.httpStatusCode, 201);
  assert.match(RevisionId!, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  assert.match(LastModified!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  assert.match(RuntimeVersionConfig!.RuntimeVersionArn!, /^arn:aws:lambda:eu-central-1::runtime:[0-9a-f]{64}$/);
  assert.deepEqual(created, {
    FunctionName: "fn",
    FunctionArn: arnOf("fn"),
    Runtime: "provided.al2023",
    Role: ROLE,
    Handler: "bootstrap",
    CodeSize: input.Code.ZipFile.length,
    Description: "",
    Timeout: 3,
    MemorySize: 128,
    CodeSha256: createHash("sha256").update(input.Code.ZipFile).digest("base64"),
    Version: "$LATEST",
    TracingConfig: { Mode: "PassThrough" },
    PackageType: "Zip",
    Architectures: ["x86_64"],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: "None", OptimizationStatus: "Off" },
    LoggingConfig: { LogFormat: "Text", LogGroup: "/aws/lambda/fn" },
    State: "Pending",
    StateReason: "The function is being created.",
    StateReasonCode: "Creating",
  });
});

test("the first GetFunction after a create says Active and Successful, with another RevisionId", async (t) => {
  const { client } = await startLambdaServer(t);
  const created = await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: "fn" }));
  assert.equal(Configuration?.State, "Active");
  assert.equal(Configuration?.LastUpdateStatus, "Successful");
  assert.equal(Configuration?.StateReason, undefined);
  assert.notEqual(Configuration?.RevisionId, created.RevisionId);
});

test("the SDK's waiter for an active function is satisfied", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const waited = await waitUntilFunctionActiveV2({ client, maxWaitTime: 60 }, { FunctionName: "fn" });
  assert.equal(waited.state, "SUCCESS");
});

test("GetFunction's code URL answers a plain GET with the zip as it was sent", async (t) => {
  const { client } = await startLambdaServer(t);
  const input = await newFunction("fn");
  await client.send(new CreateFunctionCommand(input));
  const { Code } = await client.send(new GetFunctionCommand({ FunctionName: "fn" }));
  assert.equal(Code?.RepositoryType, "S3");
  const answer = await fetch(Code!.Location!);
  assert.equal(answer.status, 200);
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), input.Code.ZipFile);
});

test("settings that are sent are shown by GetFunctionConfiguration", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(
    new CreateFunctionCommand({
      ...(await newFunction("fn")),
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      Description: "counts",
      Timeout: 900,
      MemorySize: 10_240,
      Architectures: ["arm64"],
      EphemeralStorage: { Size: 10_240 },
      Environment: { Variables: { MODE: "fast", LANG: "de" } },
      LoggingConfig: { LogFormat: "JSON", SystemLogLevel: "WARN", LogGroup: "/mine" },
    }),
  );
  const shown = await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }));
  assert.equal(shown.Runtime, "nodejs22.x");
  assert.equal(shown.Description, "counts");
  assert.equal(shown.Timeout, 900);
  assert.equal(shown.MemorySize, 10_240);
  assert.deepEqual(shown.Architectures, ["arm64"]);
  assert.deepEqual(shown.EphemeralStorage, { Size: 10_240 });
  assert.deepEqual(shown.Environment, { Variables: { MODE: "fast", LANG: "de" } });
  assert.deepEqual(shown.LoggingConfig, { LogFormat: "JSON", ApplicationLogLevel: "INFO", SystemLogLevel: "WARN", LogGroup: "/mine" });
});

test("an empty map of variables is shown, an absent one is not", async (t) => {
  const { client } = await startLambdaServer(t);
  const base = await newFunction("empty");
  const empty = await client.send(new CreateFunctionCommand({ ...base, Environment: { Variables: {} } }));
  assert.deepEqual(empty.Environment, { Variables: {} });
  const absent = await client.send(new CreateFunctionCommand(await newFunction("absent")));
  assert.equal(absent.Environment, undefined);
});

test("Publish answers with version 1", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  const created = await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true, Description: "first" }));
  assert.equal(created.Version, "1");
  assert.equal(created.State, "Pending");
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: "fn:1" }));
  assert.equal(Configuration?.State, "Active");
  assert.equal(Configuration?.FunctionArn, `${arnOf("fn")}:1`);
  assert.equal(Configuration?.Description, "first");
});

test("tags of a new function are shown by GetFunction; without tags the key is absent", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand({ ...(await newFunction("tagged")), Tags: { team: "a", "cost center": "7" } }));
  const tagged = await client.send(new GetFunctionCommand({ FunctionName: "tagged" }));
  assert.deepEqual(tagged.Tags, { team: "a", "cost center": "7" });
  await client.send(new CreateFunctionCommand(await newFunction("plain")));
  assert.equal((await client.send(new GetFunctionCommand({ FunctionName: "plain" }))).Tags, undefined);
});

test("a name that is taken is a conflict", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const again = client.send(new CreateFunctionCommand(await newFunction("fn")));
  await assert.rejects(again, awsError("ResourceConflictException", 409, "Function already exist: fn"));
});

test("of many creates of one name at once, one succeeds", async (t) => {
  const { client } = await startLambdaServer(t);
  const input = await newFunction("fn");
  const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => client.send(new CreateFunctionCommand(input))));
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 1);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") assert.ok(awsError("ResourceConflictException", 409, /already exist/)(outcome.reason));
  }
});

test("the same name is free in another region and in another account", async (t) => {
  const server = await startLambdaServer(t);
  const input = await newFunction("fn");
  await server.client.send(new CreateFunctionCommand(input));
  await server.clientOf({ account: server.account, region: "us-east-1" }).send(new CreateFunctionCommand(input));
  await server.clientOf({ account: "999999999999" }).send(new CreateFunctionCommand(input));
});

const invalidParameter = (message: string | RegExp) => awsError("InvalidParameterValueException", 400, message);

test("a zip that is none, or is too large, is refused in AWS's words", async (t) => {
  const { client } = await startLambdaServer(t, { limits: { zipBytesMax: 2_000, unzippedBytesMax: 10_000 } });
  const create = async (ZipFile: Uint8Array) => client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Code: { ZipFile } }));
  const couldNot = "Could not unzip uploaded file. Please check your file, then try to upload again.";
  await assert.rejects(create(Buffer.from("not a zip")), invalidParameter(couldNot));
  await assert.rejects(
    create(Buffer.alloc(2_001)),
    awsError("RequestEntityTooLargeException", 413, "Zipped size must be smaller than 2000 bytes"),
  );
  const bomb = await zipOf({ bootstrap: Buffer.alloc(10_001) });
  await assert.rejects(create(bomb), invalidParameter("Unzipped size must be smaller than 10000 bytes"));
  await assert.rejects(create(await zipOf({})), invalidParameter("Uploaded file must be a non-empty zip"));
});

test("runtimes: unknown, deprecated and not run here are three different refusals", async (t) => {
  const { client } = await startLambdaServer(t);
  const create = async (Runtime: string) =>
    client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Runtime: Runtime as "nodejs22.x" }));
  await assert.rejects(
    create("PYTHON3.9"),
    invalidParameter(
      /^Value PYTHON3\.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[.*nodejs24\.x.*\] or be a valid ARN$/,
    ),
  );
  for (const runtime of ["go1.x", "java8", "python3.7", "nodejs14.x", "provided", "dotnetcore3.1", "ruby2.7"]) {
    const message = `The runtime parameter of ${runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.`;
    await assert.rejects(create(runtime), invalidParameter(message));
  }
  await assert.rejects(create("java21"), invalidParameter(/^lambent does not run java21 functions\. It runs provided\.al2/));
});

test("a zip function needs a runtime and a handler", async (t) => {
  const { client } = await startLambdaServer(t);
  const { Handler, ...noHandler } = await newFunction("fn");
  const message = "Runtime and Handler are mandatory parameters for functions created with deployment packages.";
  await assert.rejects(client.send(new CreateFunctionCommand(noHandler)), invalidParameter(message));
});

test("sizes beyond AWS's limits are refused", async (t) => {
  const { client } = await startLambdaServer(t);
  const create = async (over: object) => client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), ...over }));
  const beyond = (member: string, value: number, limit: string) =>
    awsError(
      "ValidationException",
      400,
      `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have value ${limit}`,
    );
  await assert.rejects(create({ MemorySize: 10_241 }), beyond("memorySize", 10_241, "less than or equal to 10240"));
  await assert.rejects(create({ MemorySize: 127 }), beyond("memorySize", 127, "greater than or equal to 128"));
  await assert.rejects(create({ Timeout: 901 }), beyond("timeout", 901, "less than or equal to 900"));
  await assert.rejects(create({ EphemeralStorage: { Size: 511 } }), beyond("ephemeralStorage.size", 511, "greater than or equal to 512"));
});

test("a name of 65 characters and a role that is no ARN are refused", async (t) => {
  const { client } = await startLambdaServer(t);
  const name = "a".repeat(65);
  await assert.rejects(
    client.send(new CreateFunctionCommand(await newFunction(name))),
    invalidParameter(
      `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ),
  );
  const role = client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Role: "r1" }));
  await assert.rejects(
    role,
    awsError(
      "ValidationException",
      400,
      /^1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: /,
    ),
  );
});

test("environment variables: 4 KB of JSON at most, and none of the reserved names", async (t) => {
  const { client } = await startLambdaServer(t);
  const create = async (name: string, Variables: Record<string, string>) =>
    client.send(new CreateFunctionCommand({ ...(await newFunction(name)), Environment: { Variables } }));
  const fits = { LARGE_VAR: "x".repeat(4096 - '{"LARGE_VAR":""}'.length) };
  await create("fits", fits);
  const large = { SMALL_VAR: "ok", LARGE_VAR: "x".repeat(4090) };
  const cannot = "Lambda was unable to configure your environment variables because the environment variables you have provided";
  await assert.rejects(
    create("large", large),
    invalidParameter(`${cannot} exceeded the 4KB limit. String measured: ${JSON.stringify(large)}`),
  );
  await assert.rejects(
    create("reserved", { AWS_REGION: "x", MINE: "y", AWS_SESSION_TOKEN: "z" }),
    invalidParameter(
      `${cannot} contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, AWS_SESSION_TOKEN`,
    ),
  );
});

test("more than 50 tags are refused, and so are AWS's own", async (t) => {
  const { client } = await startLambdaServer(t);
  const create = async (Tags: Record<string, string>) => client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Tags }));
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, "v"]));
  await assert.rejects(create(many), invalidParameter("Number of tags exceeds resource tag limit."));
  await assert.rejects(create({ "aws:cloudformation:stack-name": "x" }), invalidParameter(/^aws: prefixed tag key names/));
});

test("what lambent does not act on is refused by its name", async (t) => {
  const { client } = await startLambdaServer(t);
  const create = async (over: object) => client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), ...over }));
  const refused: Readonly<Record<string, object>> = {
    "PackageType Image": { PackageType: "Image" },
    VpcConfig: { VpcConfig: { SubnetIds: ["subnet-1"], SecurityGroupIds: ["sg-1"] } },
    KMSKeyArn: { KMSKeyArn: "arn:aws:kms:eu-central-1:123456789012:key/k" },
    "TracingConfig Active": { TracingConfig: { Mode: "Active" } },
    "SnapStart PublishedVersions": { SnapStart: { ApplyOn: "PublishedVersions" } },
    "code from S3 (S3Bucket, S3Key)": { Code: { S3Bucket: "bucket", S3Key: "key" } },
  };
  for (const [name, over] of Object.entries(refused)) {
    await assert.rejects(create(over), invalidParameter(`lambent does not support ${name} yet. Leave it out.`));
  }
});

test("values that ask for nothing are accepted", async (t) => {
  const { client } = await startLambdaServer(t);
  const created = await client.send(
    new CreateFunctionCommand({
      ...(await newFunction("fn")),
      Layers: [],
      VpcConfig: { SubnetIds: [], SecurityGroupIds: [] },
      DeadLetterConfig: {},
      KMSKeyArn: "",
      TracingConfig: { Mode: "PassThrough" },
      SnapStart: { ApplyOn: "None" },
      FileSystemConfigs: [],
      PackageType: "Zip",
    }),
  );
  assert.equal(created.State, "Pending");
});

test("a bootstrap for another machine is created all the same, with a warning", async (t) => {
  const { client, warnings, arnOf } = await startLambdaServer(t);
  const machine = process.arch === "arm64" ? 0x3e : 0xb7;
  const elf = Buffer.alloc(64);
  elf.write("\x7fELF", "latin1");
  elf.writeUInt16LE(machine, 18);
  const ZipFile = await zipOf({ bootstrap: { content: elf, mode: 0o100755 } });
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Code: { ZipFile } }));
  const own = warnings.filter((sentence) => sentence.startsWith(arnOf("fn")));
  assert.equal(own.length, 1);
  assert.match(own[0]!, /its bootstrap is built for (arm64|x86_64), which this (arm64|x86_64) machine cannot run/);
});
