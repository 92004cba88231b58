// CapacityProviderConfig from the SDK to real environments that serve several invocations at one time.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite, type TestContext, test } from "node:test";
import {
  type CreateFunctionCommandInput,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { lambent } from "../cli/lambent.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

const PROVIDER = `arn:aws:lambda:${REGION}:${ACCOUNT}:capacity-provider:lambent`;

const capacity = (concurrency: number, CapacityProviderArn = PROVIDER) => ({
  CapacityProviderConfig: {
    LambdaManagedInstancesCapacityProviderConfig: { CapacityProviderArn, PerExecutionEnvironmentMaxConcurrency: concurrency },
  },
});

async function running(t: TestContext): Promise<RunningServer> {
  const server = await startServer();
  t.after(() => server.close());
  return server;
}

async function createConcurrent(server: RunningServer, more: Partial<CreateFunctionCommandInput>): Promise<void> {
  const content = await readFile((await buildFunctions()).concurrent!);
  const zip = await zipOf({ bootstrap: { content, mode: 0o100755 } });
  await server.create("many", zip, { Runtime: "provided.al2023", Timeout: 20, ...more });
}

const meet = (server: RunningServer, count: number) =>
  Promise.all(Array.from({ length: count }, () => server.call("many", { meet: count }))) as Promise<{ pid: number }[]>;

suite("functions with a capacity provider", { timeout: 300_000 }, () => {
  test("are invoked several at a time in one environment, as many as they are set to", async (t) => {
    const server = await running(t);
    await createConcurrent(server, capacity(5));
    const { CapacityProviderConfig, LoggingConfig } = await server.client.send(
      new GetFunctionConfigurationCommand({ FunctionName: "many" }),
    );
    assert.deepEqual(CapacityProviderConfig, capacity(5).CapacityProviderConfig);
    assert.equal(LoggingConfig!.LogFormat, "JSON");
    assert.equal(new Set((await meet(server, 5)).map(({ pid }) => pid)).size, 1);
    await server.client.send(new UpdateFunctionConfigurationCommand({ FunctionName: "many", ...capacity(2) }));
    await waitUntilFunctionUpdatedV2({ client: server.client, maxWaitTime: 120 }, { FunctionName: "many" });
    await meet(server, 2);
    const { LogResult } = await server.client.send(
      new InvokeCommand({ FunctionName: "many", LogType: "Tail", Payload: '{"print":"mine"}' }),
    );
    assert.match(Buffer.from(LogResult!, "base64").toString(), /"mine"[\s\S]*platform\.report/);
  });

  test("are tuned as others are, and what was tried is in no bill", { timeout: 300_000 }, async (t) => {
    const server = await running(t);
    await createConcurrent(server, capacity(2));
    const run = (...argv: readonly string[]) =>
      lambent([...argv, "--json", "--endpoint-url", server.process.endpoint, "--region", REGION], {
        environment: { AWS_ACCESS_KEY_ID: ACCOUNT },
      });
    const told = await run("tune", "many", "--sizes", "512", "--samples", "3", "--payload", '{"print":"mine"}');
    assert.equal(told.exitCode, 0, told.err);
    assert.equal((JSON.parse(told.out) as { tried: unknown[] }).tried.length, 1);
    assert.deepEqual((JSON.parse((await run("cost")).out) as { groups: unknown[] }).groups, []);
  });

  test("refuse what does not go with it, by name", async (t) => {
    const server = await running(t);
    const other = PROVIDER.replace(":lambent", ":mine");
    await assert.rejects(createConcurrent(server, capacity(2, other)), /capacity-provider:mine does not exist\. lambent has one: /);
    await assert.rejects(createConcurrent(server, { ...capacity(2), LoggingConfig: { LogFormat: "Text" } }), /only the log format JSON/);
    await assert.rejects(
      createConcurrent(server, { ...capacity(2), Runtime: "nodejs24.x" }),
      /CapacityProviderConfig with the runtime nodejs24\.x/,
    );
    await assert.rejects(createConcurrent(server, capacity(1601)), /less than or equal to 1600/);
    await createConcurrent(server, capacity(2));
    const { Version } = await server.client.send(new PublishVersionCommand({ FunctionName: "many" }));
    const provision = { FunctionName: "many", Qualifier: Version!, ProvisionedConcurrentExecutions: 1 };
    await assert.rejects(server.client.send(new PutProvisionedConcurrencyConfigCommand(provision)), /with a capacity provider/);
  });
});
