import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  AddLayerVersionPermissionCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteLayerVersionCommand,
  GetAccountSettingsCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionByArnCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  type LambdaClient,
  ListLayersCommand,
  ListLayerVersionsCommand,
  PublishLayerVersionCommand,
  type PublishLayerVersionCommandInput,
  PublishVersionCommand,
  RemoveLayerVersionPermissionCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { dueGarbage } from "../../../src/store/garbage.procs.ts";
import { awsError, newFunction, REGION, startLambdaServer, temporaryDirectory } from "./lambda-server.ts";
import { zipOf } from "./zip-of.ts";

const invalid = (message: string | RegExp) => awsError("InvalidParameterValueException", 400, message);
const notFound = (message: string) => awsError("ResourceNotFoundException", 404, message);
const nothingThere = notFound("The resource you requested does not exist.");

type Files = Parameters<typeof zipOf>[0];

async function publish(
  client: LambdaClient,
  LayerName: string,
  files: Files = { a: LayerName },
  more: Partial<PublishLayerVersionCommandInput> = {},
) {
  return client.send(new PublishLayerVersionCommand({ LayerName, Content: { ZipFile: await zipOf(files) }, ...more }));
}

async function create(client: LambdaClient, Layers: readonly string[], name = "fn") {
  return client.send(new CreateFunctionCommand({ ...(await newFunction(name)), Layers: [...Layers] }));
}

test("a published layer is shown whole, with its hash and where to download it", async (t) => {
  const { client, account } = await startLambdaServer(t);
  const zip = await zipOf({ "bin/tool": "tool" });
  const input = { CompatibleRuntimes: ["nodejs24.x", "provided.al2023"], CompatibleArchitectures: ["x86_64"], LicenseInfo: "MIT" } as const;
  const { $metadata, Content, CreatedDate, ...published } = await client.send(
    new PublishLayerVersionCommand({
      LayerName: "tools",
      Description: "of the trade",
      Content: { ZipFile: zip },
      ...input,
      CompatibleRuntimes: [...input.CompatibleRuntimes],
      CompatibleArchitectures: [...input.CompatibleArchitectures],
    }),
  );
  const arn = `arn:aws:lambda:${REGION}:${account}:layer:tools`;
  assert.equal($metadata.httpStatusCode, 201);
  assert.deepEqual(published, { LayerArn: arn, LayerVersionArn: `${arn}:1`, Version: 1, Description: "of the trade", ...input });
  assert.match(CreatedDate!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/);
  const { Location, ...content } = Content!;
  assert.deepEqual(content, { CodeSha256: createHash("sha256").update(zip).digest("base64"), CodeSize: zip.length });
  assert.deepEqual(Buffer.from(await (await fetch(Location!)).arrayBuffer()), zip);
});

test("a version is found by name and number, by the layer's ARN, and by its own", async (t) => {
  const { client } = await startLambdaServer(t);
  const { LayerArn, LayerVersionArn } = await publish(client, "tools");
  const whole = ({ $metadata: _, Content, ...rest }: Awaited<ReturnType<typeof publish>>) => ({ ...rest, sha256: Content?.CodeSha256 });
  const byName = whole(await client.send(new GetLayerVersionCommand({ LayerName: "tools", VersionNumber: 1 })));
  assert.equal(byName.LayerVersionArn, LayerVersionArn);
  assert.equal(byName.Description, "");
  assert.deepEqual(whole(await client.send(new GetLayerVersionCommand({ LayerName: LayerArn, VersionNumber: 1 }))), byName);
  assert.deepEqual(whole(await client.send(new GetLayerVersionByArnCommand({ Arn: LayerVersionArn }))), byName);
});

test("what is not there is refused in AWS's words", async (t) => {
  const { client, account } = await startLambdaServer(t);
  await assert.rejects(client.send(new GetLayerVersionCommand({ LayerName: "none", VersionNumber: 1 })), nothingThere);
  const Arn = `arn:aws:lambda:${REGION}:${account}:layer:none:1`;
  await assert.rejects(client.send(new GetLayerVersionByArnCommand({ Arn })), nothingThere);
  await assert.rejects(
    client.send(new GetLayerVersionCommand({ LayerName: "none", VersionNumber: 0 })),
    invalid("Layer Version Cannot be less than 1"),
  );
  const unversioned = client.send(new GetLayerVersionByArnCommand({ Arn: Arn.replace(/:1$/, "") }));
  await assert.rejects(unversioned, awsError("ValidationException", 400, /at 'arn' failed to satisfy constraint/));
  const named = { LayerName: "none", VersionNumber: 1 };
  assert.equal((await client.send(new DeleteLayerVersionCommand(named))).$metadata.httpStatusCode, 204);
  await assert.rejects(client.send(new GetLayerVersionPolicyCommand(named)), notFound(`Layer version ${Arn} does not exist.`));
  assert.deepEqual((await client.send(new ListLayerVersionsCommand({ LayerName: "none" }))).LayerVersions, []);
  assert.deepEqual((await client.send(new ListLayersCommand({}))).Layers, []);
});

test("what is no zip is no layer, and a layer from S3 is refused by name", async (t) => {
  const { client } = await startLambdaServer(t);
  const refused = (Content: PublishLayerVersionCommandInput["Content"]) =>
    client.send(new PublishLayerVersionCommand({ LayerName: "x", Content }));
  await assert.rejects(refused({ ZipFile: Buffer.from("no zip") }), invalid(/^Could not unzip uploaded file/));
  await assert.rejects(refused({ S3Bucket: "bucket", S3Key: "key" }), invalid(/does not support code from S3/));
  assert.deepEqual((await client.send(new ListLayersCommand({}))).Layers, []);
});

test("numbers are never used again, also not after all versions are deleted", async (t) => {
  const { client } = await startLambdaServer(t);
  for (const VersionNumber of [1, 2]) {
    assert.equal((await publish(client, "tools")).Version, VersionNumber);
    await client.send(new DeleteLayerVersionCommand({ LayerName: "tools", VersionNumber }));
  }
  assert.deepEqual((await client.send(new ListLayersCommand({}))).Layers, []);
  assert.equal((await publish(client, "tools")).Version, 3);
});

test("publications at the same time get numbers of their own", async (t) => {
  const { client } = await startLambdaServer(t);
  const published = await Promise.all(Array.from({ length: 12 }, () => publish(client, "tools")));
  assert.deepEqual(
    published.map(({ Version }) => Version!).sort((a, b) => a - b),
    Array.from({ length: 12 }, (_, index) => index + 1),
  );
});

test("versions are listed from the newest on, in pages, and for one runtime or architecture only those that name it", async (t) => {
  const { client } = await startLambdaServer(t);
  await publish(client, "tools", { a: "1" }, { CompatibleRuntimes: ["python3.13"] });
  await publish(client, "tools", { a: "2" }, { CompatibleRuntimes: ["nodejs24.x"], CompatibleArchitectures: ["arm64"] });
  await publish(client, "tools", { a: "3" }, { CompatibleRuntimes: ["nodejs24.x"], CompatibleArchitectures: ["x86_64"] });
  const list = async (more: object) => {
    const { LayerVersions, NextMarker } = await client.send(new ListLayerVersionsCommand({ LayerName: "tools", ...more }));
    return { numbers: LayerVersions!.map(({ Version }) => Version), NextMarker };
  };
  assert.deepEqual((await list({})).numbers, [3, 2, 1]);
  const first = await list({ MaxItems: 2 });
  assert.deepEqual(first.numbers, [3, 2]);
  assert.deepEqual(await list({ Marker: first.NextMarker }), { numbers: [1], NextMarker: undefined });
  assert.deepEqual((await list({ CompatibleRuntime: "nodejs24.x" })).numbers, [3, 2]);
  assert.deepEqual((await list({ CompatibleArchitecture: "arm64" })).numbers, [2]);
});

test("layers are listed by name, each with its newest version that fits", async (t) => {
  const { client } = await startLambdaServer(t);
  await publish(client, "b", { a: "1" }, { CompatibleRuntimes: ["python3.13"] });
  await publish(client, "b", { a: "2" }, { CompatibleRuntimes: ["nodejs24.x"] });
  await publish(client, "a");
  const list = async (more: object) => {
    const { Layers } = await client.send(new ListLayersCommand(more));
    return Layers!.map(({ LayerName, LatestMatchingVersion }) => `${LayerName} ${LatestMatchingVersion?.Version}`);
  };
  assert.deepEqual(await list({}), ["a 1", "b 2"]);
  assert.deepEqual(await list({ CompatibleRuntime: "python3.13" }), ["b 1"]);
  assert.deepEqual(await list({ MaxItems: 1 }), ["a 1"]);
});

test("a function has its layers in their order, a version keeps them, and an empty list takes them away", async (t) => {
  const { client } = await startLambdaServer(t);
  const [one, two] = [await publish(client, "one"), await publish(client, "two")];
  const arns = [two.LayerVersionArn!, one.LayerVersionArn!];
  const shown = [two, one].map(({ LayerVersionArn, Content }) => ({ Arn: LayerVersionArn, CodeSize: Content?.CodeSize }));
  assert.deepEqual((await create(client, arns)).Layers, shown);
  const configuration = async (Qualifier?: string) =>
    (await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn", Qualifier }))).Layers;
  assert.deepEqual(await configuration(), shown);
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 9 }));
  assert.deepEqual(await configuration(), shown);
  await client.send(new PublishVersionCommand({ FunctionName: "fn" }));
  const updated = await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Layers: [] }));
  assert.equal(updated.Layers, undefined);
  assert.equal((await client.send(new PublishVersionCommand({ FunctionName: "fn" }))).Version, "2");
  assert.deepEqual([await configuration(), await configuration("1"), await configuration("2")], [undefined, shown, undefined]);
});

test("AWS's rules for a function's layers", async (t) => {
  const { client, account } = await startLambdaServer(t);
  const arns: string[] = [];
  for (const name of ["a", "b", "c", "d", "e", "f"]) arns.push((await publish(client, name)).LayerVersionArn!);
  const [first = ""] = arns;
  const again = (await publish(client, "a")).LayerVersionArn!;
  const missing = first.replace(/:1$/, ":9");
  const twice = (one: string, other: string) =>
    `Two different versions of the same layer are not allowed to be referenced in the same function. ${one} and ${other} are versions of the same layer.`;
  const cases: readonly (readonly [readonly string[], string])[] = [
    [arns, "Cannot reference more than 5 layers."],
    [[first, again], twice(first, again)],
    [[first, first], twice(first, first)],
    [[missing], `Layer version ${missing} does not exist.`],
    [
      [`arn:aws:lambda:us-west-2:${account}:layer:a:1`],
      `Layers are not in the same region as the function. Layers are expected to be in region ${REGION}.`,
    ],
  ];
  for (const [layers, message] of cases) await assert.rejects(create(client, layers), invalid(message));
  await assert.rejects(create(client, [first.replace(/:1$/, "")]), awsError("ValidationException", 400, /at 'layers' failed to satisfy/));
  await create(client, arns.slice(0, 5));
  const update = (Layers: string[]) => client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Layers }));
  await assert.rejects(update([missing]), invalid(`Layer version ${missing} does not exist.`));
});

test("code and layers together may not be larger than the limit, whichever comes last", async (t) => {
  const { client } = await startLambdaServer(t, { limits: { unzippedBytesMax: 1_000 } });
  const big = (await publish(client, "big", { a: Buffer.alloc(600), "deep/b": Buffer.alloc(300) })).LayerVersionArn!;
  const tooLarge = (bytes: number) =>
    invalid(`Function code combined with layers exceeds the maximum allowed size of 1000 bytes. The actual size is ${bytes} bytes.`);
  const sized = async (FunctionName: string, bytes: number, Layers: string[]) =>
    client.send(
      new CreateFunctionCommand({
        ...(await newFunction(FunctionName)),
        Code: { ZipFile: await zipOf({ bootstrap: Buffer.alloc(bytes) }) },
        Layers,
      }),
    );
  await assert.rejects(sized("fn", 101, [big]), tooLarge(1_001));
  await sized("fn", 100, [big]);
  const ZipFile = await zipOf({ bootstrap: Buffer.alloc(200) });
  await assert.rejects(client.send(new UpdateFunctionCodeCommand({ FunctionName: "fn", ZipFile })), tooLarge(1_100));
  await sized("other", 200, []);
  const attach = client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "other", Layers: [big] }));
  await assert.rejects(attach, tooLarge(1_100));
});

test("a layer with an external extension is attached like any other", async (t) => {
  const { client } = await startLambdaServer(t);
  const { LayerVersionArn } = await publish(client, "agent", { "extensions/agent": { content: "#!/bin/sh\n", mode: 0o100755 } });
  const { Layers } = await create(client, [LayerVersionArn!]);
  assert.equal(Layers?.[0]?.Arn, LayerVersionArn);
});

test("a layer of another account is usable once its policy says so", async (t) => {
  const owner = await startLambdaServer(t);
  const other = await startLambdaServer(t);
  const arn = (await publish(owner.client, "shared")).LayerVersionArn!;
  const denied = awsError(
    "AccessDeniedException",
    403,
    new RegExp(`not authorized to perform: lambda:GetLayerVersion on resource: ${arn} because`),
  );
  await assert.rejects(create(other.client, [arn]), denied);
  await assert.rejects(other.client.send(new GetLayerVersionByArnCommand({ Arn: arn })), denied);
  const named = { LayerName: "shared", VersionNumber: 1 };
  const statement = { ...named, StatementId: "s", Action: "lambda:GetLayerVersion" };
  await owner.client.send(new AddLayerVersionPermissionCommand({ ...statement, Principal: "*", OrganizationId: "o-a1b2c3d4e5" }));
  await assert.rejects(create(other.client, [arn]), denied);
  await owner.client.send(new AddLayerVersionPermissionCommand({ ...statement, StatementId: "t", Principal: other.account }));
  assert.deepEqual((await create(other.client, [arn])).Layers?.[0]?.Arn, arn);
});

test("the policy of a layer version: added, shown, guarded by its revision, removed", async (t) => {
  const { client } = await startLambdaServer(t);
  const arn = (await publish(client, "tools")).LayerVersionArn!;
  const named = { LayerName: "tools", VersionNumber: 1 };
  await assert.rejects(client.send(new GetLayerVersionPolicyCommand(named)), notFound("No policy is associated with the given resource."));
  const input = { ...named, StatementId: "s1", Action: "lambda:GetLayerVersion", Principal: "*" };
  const added = await client.send(new AddLayerVersionPermissionCommand(input));
  const statement = `{"Sid":"s1","Effect":"Allow","Principal":"*","Action":"lambda:GetLayerVersion","Resource":"${arn}"}`;
  assert.deepEqual([added.$metadata.httpStatusCode, added.Statement], [201, statement]);
  const { Policy, RevisionId } = await client.send(new GetLayerVersionPolicyCommand(named));
  assert.deepEqual([Policy, RevisionId], [`{"Version":"2012-10-17","Id":"default","Statement":[${statement}]}`, added.RevisionId]);
  await assert.rejects(
    client.send(new AddLayerVersionPermissionCommand(input)),
    awsError(
      "ResourceConflictException",
      409,
      "The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing statement.",
    ),
  );
  const stale = awsError(
    "PreconditionFailedException",
    412,
    "The Revision Id provided does not match the latest Revision Id. Call the GetLayerPolicy API to retrieve the latest Revision Id",
  );
  await assert.rejects(client.send(new AddLayerVersionPermissionCommand({ ...input, StatementId: "s2", RevisionId: "old" })), stale);
  const remove = (StatementId: string, Revision?: string) =>
    client.send(new RemoveLayerVersionPermissionCommand({ ...named, StatementId, RevisionId: Revision }));
  await assert.rejects(remove("none"), notFound("Statement none is not found in resource policy."));
  await assert.rejects(remove("s1", "old"), stale);
  assert.equal((await remove("s1", RevisionId)).$metadata.httpStatusCode, 204);
  await assert.rejects(client.send(new GetLayerVersionPolicyCommand(named)), notFound("No policy is associated with the given resource."));
});

test("a deleted version can no longer be taken up, but functions that have it keep it, and its zip stays until they are gone", async (t) => {
  const server = await startLambdaServer(t, {});
  const { client, lambda } = server;
  const { LayerVersionArn, Content } = await publish(client, "tools", { "only/here": "x" });
  await create(client, [LayerVersionArn!]);
  await client.send(new DeleteLayerVersionCommand({ LayerName: "tools", VersionNumber: 1 }));
  await assert.rejects(create(client, [LayerVersionArn!], "late"), invalid(`Layer version ${LayerVersionArn} does not exist.`));
  assert.equal((await client.send(new GetFunctionCommand({ FunctionName: "fn" }))).Configuration?.Layers?.[0]?.Arn, LayerVersionArn);
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 7 }));
  const key = Buffer.from(Content!.CodeSha256!, "base64").toString("hex");
  const due = () => lambda.database.read(dueGarbage, { nowMs: Number.MAX_SAFE_INTEGER, limit: 100 });
  assert.ok((await due()).used.includes(key));
  await client.send(new DeleteFunctionCommand({ FunctionName: "fn" }));
  assert.ok((await due()).unused.includes(key));
});

test("layers count towards the account's code", async (t) => {
  const { client } = await startLambdaServer(t);
  const { Content } = await publish(client, "tools");
  const { AccountUsage } = await client.send(new GetAccountSettingsCommand({}));
  assert.equal(AccountUsage?.TotalCodeSize, Content?.CodeSize);
});

test("layers, and what functions have of them, are the same after a restart", async (t) => {
  const place = { dataDirectory: await temporaryDirectory(t) };
  const first = await startLambdaServer(t, { place });
  const { LayerVersionArn } = await publish(first.client, "tools", { a: "x" }, { LicenseInfo: "MIT" });
  await create(first.client, [LayerVersionArn!]);
  const shown = async (client: LambdaClient) => {
    const { $metadata: _a, Layers } = await client.send(new ListLayersCommand({}));
    return { Layers, of: (await client.send(new GetFunctionConfigurationCommand({ FunctionName: "fn" }))).Layers };
  };
  const before = await shown(first.client);
  await first.close();
  const second = await startLambdaServer(t, { place });
  assert.deepEqual(await shown(second.client), before);
  await second.client.send(new DeleteLayerVersionCommand({ LayerName: "tools", VersionNumber: 1 }));
  assert.equal((await publish(second.client, "tools")).Version, 2);
});
