// Provisioned concurrency with a real server and real processes.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  CreateAliasCommand,
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  type GetProvisionedConcurrencyConfigCommandOutput,
  PublishVersionCommand,
  PutFunctionConcurrencyCommand,
  PutProvisionedConcurrencyConfigCommand,
  UpdateAliasCommand,
  UpdateFunctionCodeCommand,
  waitUntilFunctionUpdatedV2,
} from "@aws-sdk/client-lambda";
import { temporaryDirectory } from "../services/lambda/lambda-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { closedGate } from "./gate.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

interface Told {
  readonly id: string;
  readonly type: string;
  readonly version: string;
  readonly pid: number;
}

/** Tells which environment it runs in; waits at the gate with that port, or ends it. */
function source(mark = ""): string {
  return `// ${mark}
import { randomUUID } from "node:crypto";
import { connect } from "node:net";
const id = randomUUID();
export const handler = async ({ gate, exit = false }, context) => {
  if (exit) process.exit(3);
  if (gate) await new Promise((done) => connect(gate, "gate.lambent.internal", function () { this.write("here"); }).resume().on("close", done));
  return { id, type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE, version: context.functionVersion, pid: process.pid };
};
`;
}

async function start(t: TestContext, data?: string, ...args: readonly string[]): Promise<RunningServer> {
  const server = await startServer(data === undefined ? { args } : { data, args });
  t.after(server.close);
  return server;
}

async function publish({ client }: RunningServer, FunctionName: string): Promise<void> {
  await client.send(new PublishVersionCommand({ FunctionName }));
}

async function update(server: RunningServer, FunctionName: string, text: string): Promise<void> {
  await server.client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: await zipOf({ "index.mjs": text }) }));
  await waitUntilFunctionUpdatedV2({ client: server.client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { FunctionName });
  await publish(server, FunctionName);
}

async function create(server: RunningServer, name: string, text = source()): Promise<void> {
  await server.create(name, await zipOf({ "index.mjs": text }), { Runtime: "nodejs24.x", MemorySize: 256 });
  await publish(server, name);
}

async function provision({ client }: RunningServer, FunctionName: string, Qualifier: string, count: number): Promise<void> {
  await client.send(new PutProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier, ProvisionedConcurrentExecutions: count }));
}

/** As Terraform and others wait. */
async function settled(
  server: RunningServer,
  FunctionName: string,
  Qualifier: string,
): Promise<GetProvisionedConcurrencyConfigCommandOutput> {
  for (;;) {
    const config = await server.client.send(new GetProvisionedConcurrencyConfigCommand({ FunctionName, Qualifier }));
    if (config.Status !== "IN_PROGRESS") return config;
    await pause(50);
  }
}

async function tell(server: RunningServer, name: string, event: object = {}): Promise<Told> {
  return (await server.call(name, event)) as Told;
}

test("environments are there before anybody calls, and who finds none free is served on demand", async (t) => {
  const gate = await closedGate();
  t.after(gate.close);
  const server = await start(t, undefined, "--expose", `gate=127.0.0.1:${gate.port}`);
  await create(server, "ahead");
  await provision(server, "ahead", "1", 2);
  const config = await settled(server, "ahead", "1");
  const { Status, AllocatedProvisionedConcurrentExecutions, AvailableProvisionedConcurrentExecutions } = config;
  assert.deepEqual([Status, AllocatedProvisionedConcurrentExecutions, AvailableProvisionedConcurrentExecutions], ["READY", 2, 2]);
  const calls = [1, 2, 3].map(() => tell(server, "ahead:1", { gate: gate.port }));
  await gate.reached(3);
  gate.open();
  const together = await Promise.all(calls);
  assert.deepEqual(together.map(({ type }) => type).sort(), ["on-demand", "provisioned-concurrency", "provisioned-concurrency"]);
  assert.equal((await tell(server, "ahead")).type, "on-demand", "$LATEST has none");

  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "any" };
  const logs = new CloudWatchLogsClient({ endpoint: server.process.endpoint, region: REGION, credentials });
  t.after(() => logs.destroy());
  const search = new FilterLogEventsCommand({ logGroupName: "/aws/lambda/ahead", filterPattern: "INIT_REPORT" });
  let messages: string[] = [];
  while (messages.length < 2) messages = ((await logs.send(search)).events ?? []).map(({ message }) => message ?? "");
  assert.equal(messages.length, 2, "only what was provisioned reports its init by itself");
  for (const message of messages) assert.match(message, /^INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\n?$/);
});

test("what is provisioned for an alias follows it to another version", async (t) => {
  const server = await start(t);
  await create(server, "moves");
  await update(server, "moves", source("two"));
  await server.client.send(new CreateAliasCommand({ FunctionName: "moves", Name: "live", FunctionVersion: "1" }));
  await provision(server, "moves", "live", 1);
  await settled(server, "moves", "live");
  const before = await tell(server, "moves:live");
  assert.deepEqual([before.version, before.type], ["1", "provisioned-concurrency"]);
  await server.client.send(new UpdateAliasCommand({ FunctionName: "moves", Name: "live", FunctionVersion: "2" }));
  await settled(server, "moves", "live");
  const after = await tell(server, "moves:live");
  assert.deepEqual([after.version, after.type], ["2", "provisioned-concurrency"]);
  assert.equal((await tell(server, "moves:1")).type, "on-demand");
});

test("an environment that ends is replaced; what is deleted ends", async (t) => {
  const server = await start(t);
  await create(server, "ends");
  await provision(server, "ends", "1", 1);
  await settled(server, "ends", "1");
  const first = await tell(server, "ends:1");
  await assert.rejects(server.call("ends:1", { exit: true }), /Runtime.ExitError/);
  // Its caller is answered before the environment is counted out: until the next one is in place, others serve.
  let second = await tell(server, "ends:1");
  for (; second.type !== "provisioned-concurrency"; second = await tell(server, "ends:1")) await pause(50);
  assert.notEqual(second.id, first.id);
  await server.client.send(new DeleteProvisionedConcurrencyConfigCommand({ FunctionName: "ends", Qualifier: "1" }));
  assert.equal((await tell(server, "ends:1")).type, "on-demand");
});

test("a function that cannot initialise is FAILED, and its callers are served on demand", async (t) => {
  const server = await start(t);
  await create(server, "broken", "throw new Error('not today');\nexport const handler = async () => 1;\n");
  await provision(server, "broken", "1", 3);
  const { Status, StatusReason, AvailableProvisionedConcurrentExecutions } = await settled(server, "broken", "1");
  assert.deepEqual([Status, StatusReason, AvailableProvisionedConcurrentExecutions], ["FAILED", "FUNCTION_ERROR_INIT_FAILURE", 0]);
  await assert.rejects(server.call("broken:1"), /not today/);
});

test("all that is reserved being provisioned, nothing is left for other versions", async (t) => {
  const server = await start(t);
  await create(server, "full");
  await server.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "full", ReservedConcurrentExecutions: 1 }));
  await provision(server, "full", "1", 1);
  await settled(server, "full", "1");
  await assert.rejects(server.call("full"), {
    name: "TooManyRequestsException",
    Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
  });
  assert.equal((await tell(server, "full:1")).type, "provisioned-concurrency");
});

test("what is provisioned is started again with the server", async (t) => {
  const data = await temporaryDirectory(t);
  const name = `again-${randomUUID().slice(0, 8)}`;
  const first = await startServer({ data });
  await create(first, name);
  await provision(first, name, "1", 1);
  await settled(first, name, "1");
  await first.close();
  const second = await start(t, data);
  assert.equal((await settled(second, name, "1")).Status, "READY");
  assert.equal((await tell(second, `${name}:1`)).type, "provisioned-concurrency");
});
