// The configurations of function URLs. What answers at them is tests/gateway/function-urls.test.ts's.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  DeleteFunctionUrlConfigCommand,
  GetFunctionUrlConfigCommand,
  type LambdaClient,
  ListFunctionUrlConfigsCommand,
  UpdateFunctionUrlConfigCommand,
} from "@aws-sdk/client-lambda";
import { awsError, newFunction, REGION, startLambdaServer, temporaryDirectory } from "./lambda-server.ts";
import { createUrl, isForbidden, openUrl, viaHost } from "./open-url.ts";

const noUrl = awsError("ResourceNotFoundException", 404, "The resource you requested does not exist.");

test("a URL is created, shown, changed, listed and deleted as on AWS", async (t) => {
  const { client, arnOf, url } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const { $metadata, FunctionUrl, CreationTime, ...created } = await createUrl(client);
  assert.equal($metadata.httpStatusCode, 201);
  assert.match(FunctionUrl!, new RegExp(`^${url}/_lambent/url/[0-9a-z]{32}/$`));
  assert.match(CreationTime!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.deepEqual(created, { FunctionArn: arnOf("fn"), AuthType: "NONE" });
  const named = { FunctionName: "fn" };
  const { $metadata: _, ...shown } = await client.send(new GetFunctionUrlConfigCommand(named));
  assert.deepEqual(shown, { ...created, FunctionUrl, CreationTime, LastModifiedTime: CreationTime, InvokeMode: "BUFFERED" });
  const Cors = { AllowOrigins: ["https://example.com"], MaxAge: 60 };
  const updated = await client.send(new UpdateFunctionUrlConfigCommand({ ...named, AuthType: "AWS_IAM", Cors }));
  assert.deepEqual([updated.FunctionUrl, updated.AuthType, updated.Cors], [FunctionUrl, "AWS_IAM", Cors]);
  const kept = await client.send(new UpdateFunctionUrlConfigCommand({ ...named, AuthType: "NONE" }));
  assert.deepEqual([kept.AuthType, kept.Cors], ["NONE", Cors]);
  const without = await client.send(new UpdateFunctionUrlConfigCommand({ ...named, Cors: {} }));
  assert.equal(without.Cors, undefined);
  const listed = await client.send(new ListFunctionUrlConfigsCommand(named));
  assert.deepEqual(
    listed.FunctionUrlConfigs?.map((config) => config.FunctionUrl),
    [FunctionUrl],
  );
  assert.equal((await client.send(new DeleteFunctionUrlConfigCommand(named))).$metadata.httpStatusCode, 204);
  await assert.rejects(client.send(new DeleteFunctionUrlConfigCommand(named)), noUrl);
  assert.notEqual((await createUrl(client)).FunctionUrl, FunctionUrl);
});

test("whoever came by a name gets a URL by host name", async (t) => {
  const { client, url } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  await createUrl(client);
  const { port } = new URL(url);
  const headers = { authorization: `AWS4-HMAC-SHA256 Credential=${await accountOf(client)}/20260101/${REGION}/lambda/aws4_request` };
  const path = "/2021-10-31/functions/fn/url";
  const shown = await viaHost(url, `localhost:${port}`, { path, headers });
  const { FunctionUrl } = JSON.parse(shown.body.toString()) as { FunctionUrl: string };
  assert.match(FunctionUrl, new RegExp(`^http://[0-9a-z]{32}\\.lambda-url\\.${REGION}\\.localhost:${port}/$`));
});

async function accountOf(client: LambdaClient): Promise<string> {
  return (await client.config.credentials()).accessKeyId;
}

test("a function and each of its aliases has a URL of its own; a version has none", async (t) => {
  const { client, arnOf } = await startLambdaServer(t);
  await assert.rejects(createUrl(client), awsError("ResourceNotFoundException", 404, "Function does not exist"));
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true }));
  const list = async () => (await client.send(new ListFunctionUrlConfigsCommand({ FunctionName: "fn" }))).FunctionUrlConfigs!;
  await assert.rejects(createUrl(client, { Qualifier: "live" }), awsError("ResourceNotFoundException", 404, "Function does not exist"));
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "1" }));
  const one = await createUrl(client, { Qualifier: "live" });
  const other = await createUrl(client);
  assert.notEqual(one.FunctionUrl, other.FunctionUrl);
  assert.deepEqual(
    (await list()).map(({ FunctionArn }) => FunctionArn),
    [arnOf("fn"), `${arnOf("fn")}:live`],
  );
  await assert.rejects(
    createUrl(client, { FunctionName: `${arnOf("fn")}:live` }),
    awsError(
      "ResourceConflictException",
      409,
      `Failed to create function url config for [functionArn = ${arnOf("fn")}:live]. Error message:  FunctionUrlConfig exists for this Lambda function`,
    ),
  );
  const pattern = awsError(
    "ValidationException",
    400,
    /at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: \(\(\?!\^/,
  );
  for (const Qualifier of ["1", "$LATEST"]) await assert.rejects(createUrl(client, { Qualifier }), pattern);
  await assert.rejects(
    createUrl(client, { FunctionName: "fn:1" }),
    awsError("ValidationException", 400, /at 'functionName' failed to satisfy/),
  );
  await assert.rejects(client.send(new GetFunctionUrlConfigCommand({ FunctionName: "fn", Qualifier: "none" })), noUrl);
  await assert.rejects(client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: "none" })), noUrl);
});

test("what CORS cannot have is refused", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  const invalid = (message: RegExp) => awsError("InvalidParameterValueException", 400, message);
  await assert.rejects(createUrl(client, { Cors: { AllowMethods: ["TRACE"] } }), invalid(/TRACE/));
  await assert.rejects(createUrl(client, { Cors: { MaxAge: 86_401 } }), awsError("ValidationException", 400, /maxAge/));
  assert.equal((await createUrl(client, { InvokeMode: "BUFFERED" })).InvokeMode, "BUFFERED");
});

test("the invoke mode is kept until another one is set, whatever else changes", async (t) => {
  const { client } = await startLambdaServer(t);
  await client.send(new CreateFunctionCommand(await newFunction("fn")));
  assert.equal((await createUrl(client, { InvokeMode: "RESPONSE_STREAM" })).InvokeMode, "RESPONSE_STREAM");
  const now = async () => {
    const { AuthType, InvokeMode } = await client.send(new GetFunctionUrlConfigCommand({ FunctionName: "fn" }));
    return [AuthType, InvokeMode];
  };
  const update = (change: object) => client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: "fn", ...change }));
  assert.deepEqual(await now(), ["NONE", "RESPONSE_STREAM"]);
  await update({ AuthType: "AWS_IAM" });
  assert.deepEqual(await now(), ["AWS_IAM", "RESPONSE_STREAM"]);
  await update({ InvokeMode: "BUFFERED" });
  assert.deepEqual(await now(), ["AWS_IAM", "BUFFERED"]);
});

test("URLs are the same after a restart, and gone with their function", async (t) => {
  const place = { dataDirectory: await temporaryDirectory(t) };
  const first = await startLambdaServer(t, { place });
  const before = new URL(await openUrl(first.client)).pathname;
  await first.close();
  const second = await startLambdaServer(t, { place });
  const url = `${second.url}${before}/`;
  assert.equal((await fetch(url)).status, 200);
  await second.client.send(new DeleteFunctionCommand({ FunctionName: "fn" }));
  await isForbidden(await fetch(url), { Message: null });
  await second.client.send(new CreateFunctionCommand(await newFunction("fn")));
  await assert.rejects(second.client.send(new GetFunctionUrlConfigCommand({ FunctionName: "fn" })), noUrl);
});
