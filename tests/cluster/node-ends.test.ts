// Nodes that end, in order or not: callers hear something that they may retry, nothing acknowledged is lost, and what others need is free again.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, type TestContext, test } from "node:test";
import { CloudWatchLogsClient, FilterLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  UpdateFunctionCodeCommand,
} from "@aws-sdk/client-lambda";
import { freePort } from "../../scripts/free-port.ts";
import { ownPostgres, withoutPostgres } from "../contract/postgres-server.ts";
import { ACCOUNT, REGION, type RunningServer } from "../platform/running-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { cutProxy } from "../store/cut-proxy.ts";
import { nodesOf, seenByAll, startCluster, until } from "./running-cluster.ts";

const SLEEPER = `export const handler = async ({ ms = 0 }) => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return "slept";
};`;

/** A worker-only node is where work goes; the front is who is asked. */
async function frontAndWorkers(t: TestContext, workers: number) {
  const cluster = await startCluster(t);
  const front = await cluster.node(["--roles", "front"]);
  const others = await Promise.all(Array.from({ length: workers }, () => cluster.node(["--roles", "worker,poller"])));
  await seenByAll([front], workers + 1);
  return { cluster, front, workers: others };
}

async function create(server: RunningServer, name: string, text = SLEEPER): Promise<void> {
  await server.create(name, await zipOf({ "index.mjs": text }), { Runtime: "nodejs24.x", MemorySize: 256 });
}

/** Processes that the server has started, and theirs. */
function familyOf(pid: number): readonly number[] {
  const children = readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && parentOf(Number(entry)) === pid)
    .map(Number);
  return [...children, ...children.flatMap(familyOf)];
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ")[1]);
  } catch {
    return undefined; // it has just ended
  }
}

/** What AWS's SDKs send again. */
function isRetryable(error: unknown): boolean {
  const { $metadata, $retryable, code, name } = error as {
    $metadata?: { httpStatusCode?: number };
    $retryable?: object;
    code?: string;
    name: string;
  };
  const status = $metadata?.httpStatusCode;
  return status === 500 || status === 502 || $retryable !== undefined || code === "ECONNRESET" || name === "TimeoutError";
}

describe("a node that ends", { skip: withoutPostgres, timeout: 280_000 }, () => {
  test("killed under load: callers hear what they may retry, no process is left, and all is free again for the others", async (t) => {
    const { front, workers } = await frontAndWorkers(t, 2);
    await create(front, "held");
    await front.client.send(new PutFunctionConcurrencyCommand({ FunctionName: "held", ReservedConcurrentExecutions: 4 }));
    const calls = Array.from({ length: 4 }, () => front.client.send(new InvokeCommand({ FunctionName: "held", Payload: '{"ms":60000}' })));
    const failures = Promise.all(
      calls.map((call) =>
        call.then(
          () => assert.fail("it slept for a minute"),
          (error: unknown) => error,
        ),
      ),
    );
    await until(async () => (await runningOf(front)) === 4);
    const home = (await nodesOf(front)).find(({ running }) => running === 4)!;
    const holder = workers.find(({ process }) => process.endpoint === `http://${home.address}`)!;
    const family = familyOf(holder.process.pid);
    const killedMs = performance.now();
    holder.process.kill("SIGKILL");
    for (const error of await failures) assert.ok(isRetryable(error), String(error));
    t.diagnostic(`callers were answered after ${Math.round(performance.now() - killedMs)} ms`);
    await until(() => family.every((pid) => !existsSync(`/proc/${pid}`)));
    let free = 0;
    while (free < 4) {
      const again = await Promise.allSettled(Array.from({ length: 4 }, () => front.call("held", { ms: 300 })));
      free = again.filter(({ status }) => status === "fulfilled").length;
    }
    t.diagnostic(`all permits were free after ${Math.round(performance.now() - killedMs)} ms`);
  });

  test("silent, though its connections are open: it is given up, and gets no work until it answers", async (t) => {
    const { front, workers } = await frontAndWorkers(t, 1);
    await create(front, "held");
    assert.equal(await front.call("held"), "slept");
    const call = front.client.send(new InvokeCommand({ FunctionName: "held", Payload: '{"ms":60000}' }));
    const failed = call.then(
      () => assert.fail("it slept for a minute"),
      (error: unknown) => error,
    );
    await until(async () => (await runningOf(front)) === 1);
    workers[0]!.process.kill("SIGSTOP");
    t.after(() => workers[0]!.process.kill("SIGCONT"));
    assert.ok(isRetryable(await failed));
    await assert.rejects(front.call("held"), (error: unknown) => isRetryable(error));
    workers[0]!.process.kill("SIGCONT");
    await until(async () => (await front.call("held").catch(() => "not yet")) === "slept");
    workers[0]!.process.kill("SIGKILL"); // the minute is not waited for
  });

  test("connections between nodes on which nothing comes any more are given up, though the node answers on new ones", async (t) => {
    const cluster = await startCluster(t);
    const front = await cluster.node(["--roles", "front"]);
    const port = await freePort();
    const proxy = await cutProxy(t, `http://127.0.0.1:${port}`);
    await cluster.node(["--roles", "worker", "--cluster-listen", `127.0.0.1:${port}`, "--cluster-address", new URL(proxy.url).host]);
    await seenByAll([front], 2);
    await create(front, "held");
    await until(async () => (await front.call("held").catch(() => undefined)) === "slept"); // the worker's load may not have been heard yet
    const failed = front.call("held", { ms: 50_000 }).then(
      () => assert.fail("it slept for a minute"),
      (error: unknown) => error,
    );
    await until(async () => (await runningOf(front)) === 1);
    proxy.silenceAll();
    assert.ok(isRetryable(await failed));
    assert.equal(await front.call("held"), "slept");
  });

  test("a change is answered although a node does not confirm it, which then runs nothing old", async (t) => {
    const cluster = await startCluster(t);
    const [one, stuck] = [await cluster.node(), await cluster.node()];
    await seenByAll([one, stuck], 2);
    const says = async (word: string) => zipOf({ "index.mjs": `export const handler = async () => ${JSON.stringify(word)};` });
    await one.create("word", await says("old"), { Runtime: "nodejs24.x", MemorySize: 256 });
    assert.equal(await stuck.call("word"), "old");
    stuck.process.kill("SIGSTOP");
    t.after(() => stuck.process.kill("SIGCONT"));
    await one.client.send(new UpdateFunctionCodeCommand({ FunctionName: "word", ZipFile: await says("new") }));
    await one.client.send(new GetFunctionConfigurationCommand({ FunctionName: "word" }));
    assert.equal(await one.call("word"), "new");
    stuck.process.kill("SIGCONT");
    const heard = new Set<unknown>();
    while (!heard.has("new")) heard.add(await stuck.call("word").catch((error: unknown) => isRetryable(error)));
    assert.ok(!heard.has("old") && !heard.has(false), [...heard].join(", "));
  });

  test("SIGTERM: what it runs it finishes, nothing more comes to it, and no call is lost", async (t) => {
    const { front, workers } = await frontAndWorkers(t, 2);
    await create(front, "held");
    let isOver = false;
    let done = 0;
    const caller = async () => {
      while (!isOver) {
        assert.equal(await front.call("held", { ms: 40 }), "slept");
        done++;
      }
    };
    const callers = Promise.all(Array.from({ length: 10 }, caller));
    await until(() => done > 50);
    assert.equal(await workers[0]!.process.stop(), 0);
    const before = done;
    await Promise.race([until(() => isOver || done > before + 50), callers.finally(() => (isOver = true))]);
    isOver = true;
    await callers;
    await until(async () => (await nodesOf(front)).length === 2);
  });

  test("events that a killed node had taken are run by another one", async (t) => {
    const { front, workers } = await frontAndWorkers(t, 2);
    await create(
      front,
      "marks",
      `export const handler = async ({ n }) => {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        console.log("ran " + n);
      };`,
    );
    const events = Array.from({ length: 12 }, (_, n) => n);
    for (const n of events)
      await front.client.send(new InvokeCommand({ FunctionName: "marks", InvocationType: "Event", Payload: JSON.stringify({ n }) }));
    workers[0]!.process.kill("SIGKILL");
    const credentials = { accessKeyId: ACCOUNT, secretAccessKey: "any" };
    const logs = new CloudWatchLogsClient({ endpoint: front.process.endpoint, region: REGION, credentials });
    t.after(() => logs.destroy());
    await until(async () => {
      const found = await logs
        .send(new FilterLogEventsCommand({ logGroupName: "/aws/lambda/marks", filterPattern: "ran" }))
        .catch(() => ({ events: [] }));
      const ran = new Set((found.events ?? []).map(({ message }) => /ran (\d+)/.exec(message ?? "")?.[1]));
      return events.every((n) => ran.has(String(n)));
    });
  });

  test("without the store running calls end and new ones are refused, until it is back", async (t) => {
    const postgres = await ownPostgres(t);
    const cluster = await startCluster(t, await postgres.createDatabase());
    const one = await cluster.node();
    await create(one, "held");
    assert.equal(await one.call("held"), "slept");
    const running = one.call("held", { ms: 6_000 });
    await until(async () => (await runningOf(one)) === 1);
    await postgres.kill();
    await until(async () =>
      one.call("held").then(
        () => false,
        (error: unknown) => isRetryable(error),
      ),
    );
    assert.equal(await running, "slept");
    await postgres.restart();
    await until(async () => (await one.call("held").catch(() => "not yet")) === "slept");
  });

  test("told to stop while PostgreSQL is away, it ends in order", async (t) => {
    const postgres = await ownPostgres(t);
    const cluster = await startCluster(t, await postgres.createDatabase());
    const one = await cluster.node();
    await create(one, "held");
    await one.client.send(new InvokeCommand({ FunctionName: "held", InvocationType: "Event", Payload: "{}" })); // there is something to give back
    await postgres.kill();
    assert.equal(await one.process.stop(), 0);
    assert.match(one.process.said(), /could not/); // and says what it could not write
  });
});

async function runningOf(server: RunningServer): Promise<number> {
  return (await nodesOf(server)).reduce((sum, { running }) => sum + running, 0);
}
