import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AddPermissionCommand,
  CreateAliasCommand,
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetAliasCommand,
  GetFunctionCommand,
  GetPolicyCommand,
  InvokeCommand,
  type LambdaClient,
  ListVersionsByFunctionCommand,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from "@aws-sdk/client-lambda";
import { insertFunction, updateLatest } from "../../../src/services/lambda/function/function.procs.ts";
import { latestWrite } from "../../../src/services/lambda/function/latest-write.ts";
import { newFunction, startLambdaServer, temporaryDirectory } from "./lambda-server.ts";

async function shown(client: LambdaClient) {
  const { $metadata: _a, Code: _b, ...found } = await client.send(new GetFunctionCommand({ FunctionName: "fn" }));
  const { $metadata: _c, ...versions } = await client.send(new ListVersionsByFunctionCommand({ FunctionName: "fn" }));
  const { $metadata: _d, ...alias } = await client.send(new GetAliasCommand({ FunctionName: "fn", Name: "live" }));
  const { $metadata: _e, ...policy } = await client.send(new GetPolicyCommand({ FunctionName: "fn" }));
  return { found, versions, alias, policy };
}

test("functions, versions, aliases, tags and policies are the same after a restart, and can be invoked", async (t) => {
  const place = { dataDirectory: await temporaryDirectory(t) };
  const first = await startLambdaServer(t, { place });
  const { client } = first;
  await client.send(new CreateFunctionCommand({ ...(await newFunction("fn")), Publish: true, Tags: { a: "b" } }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 9 }));
  await client.send(new PublishVersionCommand({ FunctionName: "fn" }));
  const RoutingConfig = { AdditionalVersionWeights: { "2": 0.5 } };
  await client.send(new CreateAliasCommand({ FunctionName: "fn", Name: "live", FunctionVersion: "1", RoutingConfig }));
  const permission = { StatementId: "s3", Action: "lambda:InvokeFunction", Principal: "s3.amazonaws.com" };
  await client.send(new AddPermissionCommand({ FunctionName: "fn", ...permission }));
  const before = await shown(client);
  await first.close();

  const second = await startLambdaServer(t, { place });
  assert.deepEqual(await shown(second.client), before);
  assert.equal((await second.client.send(new InvokeCommand({ FunctionName: "fn:2" }))).ExecutedVersion, "2");
  await second.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "fn", Timeout: 10 }));
  assert.equal((await second.client.send(new PublishVersionCommand({ FunctionName: "fn" }))).Version, "3");
});

test("version numbers go on after delete, restart and create", async (t) => {
  const place = { dataDirectory: await temporaryDirectory(t) };
  const first = await startLambdaServer(t, { place });
  const input = { ...(await newFunction("fn")), Publish: true };
  await first.client.send(new CreateFunctionCommand(input));
  await first.client.send(new DeleteFunctionCommand({ FunctionName: "fn" }));
  await first.close();
  const second = await startLambdaServer(t, { place });
  assert.equal((await second.client.send(new CreateFunctionCommand(input))).Version, "2");
});

test("what a killed server had answered but not settled is settled by the next start", async (t) => {
  const place = { dataDirectory: await temporaryDirectory(t) };
  const first = await startLambdaServer(t, { place });
  const { lambda, client, account } = first;
  // As a kill right after the commits would leave them: the procs alone, without the settling that follows.
  const code = await lambda.codeStore.admit((await newFunction("pending")).Code.ZipFile, async () => {});
  const logging = { format: "Text", group: "/aws/lambda/fn" } as const;
  const sizes = { timeoutS: 3, memoryMb: 128, tmpMb: 512, architecture: "x86_64" } as const;
  const settings = { runtime: "provided.al2023", handler: "h", role: "arn:aws:iam::123456789012:role/r", ...sizes, logging };
  const pending = { account, region: "eu-central-1", name: "pending", tags: [], publish: undefined };
  await lambda.database.run(insertFunction, { ...pending, latest: latestWrite(lambda, settings, "", code) });
  await client.send(new CreateFunctionCommand(await newFunction("updating")));
  const { Configuration } = await client.send(new GetFunctionCommand({ FunctionName: "updating" }));
  const updating = lambda.catalogue.find({ account, region: "eu-central-1", name: "updating" })!;
  const latest = latestWrite(lambda, { ...settings, timeoutS: 44 }, "", code);
  const update = { functionId: updating.id, basedOn: Configuration!.RevisionId!, revisionId: undefined, latest, publish: undefined };
  assert.notEqual(typeof (await lambda.database.run(updateLatest, update)), "string");
  await first.close();

  const second = await startLambdaServer(t, { place });
  for (const FunctionName of ["pending", "updating"]) {
    const found = await second.client.send(new GetFunctionCommand({ FunctionName }));
    assert.equal(found.Configuration?.State, "Active");
    assert.equal(found.Configuration?.LastUpdateStatus, "Successful");
    assert.equal((await second.client.send(new InvokeCommand({ FunctionName }))).StatusCode, 200);
  }
  assert.equal(second.invocations.at(-1)!.version.timeoutMs, 44_000);
});
