// What functions that really run cost: `lambent cost`, Cost Explorer through the real SDK, and what a stop and own prices do to it.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { CostExplorerClient, GetCostAndUsageCommand, type GetCostAndUsageCommandInput } from "@aws-sdk/client-cost-explorer";
import {
  CreateEventSourceMappingCommand,
  InvokeCommand,
  PublishVersionCommand,
  PutProvisionedConcurrencyConfigCommand,
  TagResourceCommand,
} from "@aws-sdk/client-lambda";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { CostGroup, MonthCost } from "../../src/metering/costs.ts";
import { lambent } from "../cli/lambent.ts";
import { temporaryDirectory } from "../services/lambda/lambda-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, type RunningServer, startServer } from "./running-server.ts";

const SOURCE = "export const handler = async (event) => { if (event.fail) throw new Error('no'); return 1; };\n";
const DAY_MS = 86_400_000;

interface Told {
  readonly groups: readonly CostGroup[];
  readonly month: MonthCost;
}

async function start(t: TestContext, options: Parameters<typeof startServer>[0] = {}): Promise<RunningServer> {
  const server = await startServer(options);
  t.after(server.close);
  return server;
}

async function create(server: RunningServer, name: string): Promise<void> {
  await server.create(name, await zipOf({ "index.mjs": SOURCE }), { Runtime: "nodejs24.x", MemorySize: 1024 });
}

async function costOf({ process }: RunningServer, ...args: readonly string[]): Promise<Told> {
  const done = await lambent(["cost", "--json", "--endpoint-url", process.endpoint, ...args]);
  assert.equal(done.exitCode, 0, done.err);
  return (done.out === "" ? { groups: [] } : JSON.parse(done.out)) as Told;
}

function functionsOf({ groups }: Told): readonly CostGroup[] {
  return groups.filter(({ keys }) => keys.function !== "");
}

/** Of one invocation. */
async function logOf({ client }: RunningServer, FunctionName: string, event: object = {}): Promise<string> {
  const { LogResult } = await client.send(
    new InvokeCommand({ FunctionName, LogType: "Tail", Payload: Buffer.from(JSON.stringify(event)) }),
  );
  return Buffer.from(LogResult ?? "", "base64").toString();
}

/** As its own REPORT line says. */
async function billedMs(server: RunningServer, name: string, event: object = {}): Promise<number> {
  return Number(/Billed Duration: (\d+) ms/.exec(await logOf(server, name, event))?.[1]);
}

async function explored(t: TestContext, { process }: RunningServer, asked: Partial<GetCostAndUsageCommandInput>) {
  const ce = new CostExplorerClient({
    endpoint: process.endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: "any" },
  });
  t.after(() => ce.destroy());
  const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);
  const TimePeriod = { Start: day(Date.now() - DAY_MS), End: day(Date.now() + DAY_MS) };
  return ce.send(new GetCostAndUsageCommand({ TimePeriod, Granularity: "DAILY", Metrics: ["UnblendedCost", "UsageQuantity"], ...asked }));
}

describe("cost", { timeout: 300_000 }, () => {
  test("is what the REPORT lines say, at the list price, also after a restart", async (t) => {
    const data = await temporaryDirectory(t);
    const first = await startServer({ data });
    await create(first, "counted");
    let billed = 0;
    for (const event of [{}, {}, { fail: true }]) billed += await billedMs(first, "counted", event);
    const groups = functionsOf(await costOf(first));
    await first.close();
    const { groups: all, month } = await costOf(await start(t, { data }), "--by", "function,version,memory,architecture,region");
    const later = all.filter(({ keys }) => keys.function !== "");
    assert.equal(groups.length, 1);
    const [{ keys, requests, invocations, errors, inits, totalUsd, ...rest }] = [groups[0]!];
    assert.deepEqual(
      { keys, requests, invocations, errors, inits },
      { keys: { function: "counted" }, requests: 3, invocations: 3, errors: 1, inits: 1 },
    );
    assert.equal(rest.billedMs, billed);
    assert.ok(Math.abs(totalUsd - (3 * 0.0000002 + (billed / 1000) * priceHere())) < 1e-12, `${totalUsd}`);
    assert.deepEqual({ ...later[0], keys: undefined }, { ...groups[0], keys: undefined });
    assert.deepEqual([later[0]?.keys.version, later[0]?.keys.memory, later[0]?.keys.region], ["$LATEST", "1024", REGION]);
    assert.ok(month.projectedUsd >= month.soFarUsd && month.soFarUsd > 0);
  });

  test("Cost Explorer answers with it, grouped and filtered", async (t) => {
    const server = await start(t);
    await create(server, "explored");
    await create(server, "other");
    await server.client.send(
      new TagResourceCommand({ Resource: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:explored`, Tags: { team: "red" } }),
    );
    const billed = await billedMs(server, "explored");
    await billedMs(server, "other");
    const byType = await explored(t, server, {
      GroupBy: [
        { Type: "DIMENSION", Key: "SERVICE" },
        { Type: "DIMENSION", Key: "USAGE_TYPE" },
      ],
      Filter: { Tags: { Key: "team", Values: ["red"] } },
    });
    const days = byType.ResultsByTime ?? [];
    assert.equal(days.length, 2);
    const groups = days.flatMap(({ Groups }) => Groups ?? []);
    const suffix = process.arch === "arm64" ? "-ARM" : "";
    const duration = groups.find(({ Keys }) => Keys?.[1] === `EUC1-Lambda-GB-Second${suffix}`);
    assert.deepEqual(duration?.Keys?.[0], "AWS Lambda");
    assert.deepEqual(duration?.Metrics?.["UsageQuantity"], { Amount: `${billed / 1000}`, Unit: "seconds" });
    const requests = groups.find(({ Keys }) => Keys?.[1] === `EUC1-Request${suffix}`);
    assert.deepEqual(requests?.Metrics?.["UnblendedCost"], { Amount: "0.0000002", Unit: "USD" });

    const services = await explored(t, server, { GroupBy: [{ Type: "DIMENSION", Key: "SERVICE" }] });
    const names = new Set(services.ResultsByTime?.flatMap(({ Groups }) => Groups?.flatMap(({ Keys }) => Keys ?? []) ?? []));
    assert.ok(names.has("AWS Lambda"), [...names].join());

    const whole = await explored(t, server, {
      Granularity: "MONTHLY",
      Filter: { Not: { Dimensions: { Key: "REGION", Values: ["us-east-1"] } } },
    });
    assert.ok(Number(whole.ResultsByTime?.at(-1)?.Total?.["UnblendedCost"]?.Amount) > 0.0000004);
    await assert.rejects(explored(t, server, { GroupBy: [{ Type: "DIMENSION", Key: "AZ" }] }), /lambent does not know the dimension AZ/);
    const service = { Type: "DIMENSION", Key: "SERVICE" } as const;
    await assert.rejects(explored(t, server, { GroupBy: [service, service, service] }), /GroupBy takes at most 2 groups/);
    await assert.rejects(explored(t, server, { Metrics: [] }), /Metrics is required/);
    await assert.rejects(explored(t, server, { Filter: { Dimensions: { Key: "SERVICE" } } }), /Dimensions needs Values/);
    await assert.rejects(explored(t, server, { TimePeriod: { Start: "2026-02-30", End: "2026-03-05" } }), /2026-02-30 is no date/);
    assert.match((await lambent(["cost", "--since", "401d"])).err, /goes back at most 400 days/);
  });

  test("requests to queues, mappings' too, and bytes of logs are on the bill under their services", async (t) => {
    const server = await start(t);
    await create(server, "worker");
    const sqs = new SQSClient({
      endpoint: server.process.endpoint,
      region: REGION,
      credentials: { accessKeyId: ACCOUNT, secretAccessKey: "any" },
    });
    t.after(() => sqs.destroy());
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "jobs", Attributes: { VisibilityTimeout: "60" } }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "x".repeat(100_000) })); // two chunks
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 })); // two again
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: Messages[0]!.ReceiptHandle }));
    const requests = async () => {
      const { groups } = await costOf(server, "--by", "service,resource");
      const ofQueue = groups.find(({ keys }) => keys.service === "sqs" && keys.resource === "jobs");
      return Math.round((ofQueue?.totalUsd ?? 0) / 0.0000004);
    };
    assert.equal(await requests(), 6, "its creation is one too");
    await assert.rejects(sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: "-1" } })));
    await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
    assert.equal(await requests(), 7, "what was refused is none");
    await server.client.send(
      new CreateEventSourceMappingCommand({ FunctionName: "worker", EventSourceArn: `arn:aws:sqs:${REGION}:${ACCOUNT}:jobs` }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "1" }));
    const logsUsd = async () => (await costOf(server, "--by", "service")).groups.find(({ keys }) => keys.service === "logs")?.totalUsd ?? 0;
    while ((await logsUsd()) === 0) await delay(100);
    while ((await requests()) < 10) await delay(100); // sent, taken and deleted
    const people = await lambent(["cost", "--by", "version,version", "--endpoint-url", server.process.endpoint]);
    assert.match(people.out, /^VERSION +INVOCATIONS/m, "twice is once");
    assert.match(people.out, /^\(queues and logs\) +0 /m);
    const byFunction = functionsOf(await costOf(server));
    assert.deepEqual(
      byFunction.map(({ keys }) => keys.function),
      ["worker"],
    );
  });

  test("what is kept warm is paid for from the request on, by five minutes", async (t) => {
    const server = await start(t);
    await create(server, "warm");
    await server.client.send(new PublishVersionCommand({ FunctionName: "warm" }));
    await server.client.send(
      new PutProvisionedConcurrencyConfigCommand({ FunctionName: "warm", Qualifier: "1", ProvisionedConcurrentExecutions: 2 }),
    );
    let warmUsd: number | undefined;
    for (let tries = 0; warmUsd === undefined && tries < 100; tries++) warmUsd = functionsOf(await costOf(server))[0]?.usd.warm;
    const price = process.arch === "arm64" ? 0.0000050147 * 0.8 : 0.0000050147;
    assert.ok(warmUsd !== undefined && Math.abs(warmUsd - 2 * 300 * price) < 1e-9, `${warmUsd}`);
  });

  test("REPORT says it where it is asked to, by the prices that hold, in text and in JSON", async (t) => {
    const file = join(await temporaryDirectory(t), "prices.json");
    await writeFile(file, JSON.stringify({ usdPerGbSecond: 0.5, usdPerRequest: 0.25 }));
    const server = await start(t, { args: ["--report-cost", "--prices", file] });
    await create(server, "text");
    await server.create("json", await zipOf({ "index.mjs": SOURCE }), { Runtime: "nodejs24.x", LoggingConfig: { LogFormat: "JSON" } });
    const said = await Promise.all(["text", "json"].map((name) => logOf(server, name)));
    const [inText, inJson] = [/\tCost: ([\d.]+) USD\t$/m.exec(said[0]!)?.[1], /"costUsd":([\d.]+)/.exec(said[1]!)?.[1]].map(Number);
    const { groups } = await costOf(server);
    const billed = (name: string) => groups.find(({ keys }) => keys.function === name)!.totalUsd;
    assert.ok(inText! > 0.25 && Math.abs(inText! - billed("text")) < 1e-11, `${inText} and ${billed("text")}`);
    assert.ok(inJson! > 0.25 && Math.abs(inJson! - billed("json")) < 1e-11, `${inJson} and ${billed("json")}`);
  });

  test("own prices replace AWS's", async (t) => {
    const file = join(await temporaryDirectory(t), "prices.json");
    await writeFile(file, JSON.stringify({ usdPerGbSecond: 1, usdPerRequest: 0 }));
    const server = await start(t, { args: ["--prices", file] });
    await create(server, "own");
    const billed = await billedMs(server, "own");
    const { groups } = await costOf(server);
    assert.equal(groups[0]?.totalUsd, billed / 1000);
  });

  test("invoke --cost goes by the server's own prices, and so do budgets", async (t) => {
    const [file, data] = [join(await temporaryDirectory(t), "prices.json"), await temporaryDirectory(t)];
    await writeFile(file, JSON.stringify({ usdPerGbSecond: 0, usdPerRequest: 3 }));
    const first = await startServer({ data, args: ["--prices", file] });
    await create(first, "own");
    const invoked = await lambent(["invoke", "own", "--cost", "--endpoint-url", first.process.endpoint, "--region", REGION], {
      environment: { AWS_ACCESS_KEY_ID: ACCOUNT },
    });
    assert.match(invoked.err, /^\$3\.00 for this call: \d+ ms billed at 1024 MB, at the server's own prices\.$/m);
    await first.close();
    const second = await start(t, { data, args: ["--prices", file, "--budget", "2.50"] });
    await second.process.until(/This month's budget of \$2\.50 is spent: \$3\.00 so far\./);
  });
});

function priceHere(): number {
  return process.arch === "arm64" ? 0.0000133334 : 0.0000166667;
}
