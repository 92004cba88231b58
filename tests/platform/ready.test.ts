// Live and ready are two questions: what a load balancer hears while a server stops, and while its store is away.

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { InvokeCommand, ListFunctionsCommand } from "@aws-sdk/client-lambda";
import { seenByAll, startCluster, until } from "../cluster/running-cluster.ts";
import { ownPostgres, withoutPostgres } from "../contract/postgres-server.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { type RunningServer, startServer } from "./running-server.ts";

interface Readiness {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly missing: readonly string[];
}

async function readiness({ process }: RunningServer): Promise<Readiness> {
  const answer = await fetch(`${process.endpoint}/_lambent/ready`);
  const { missing = [] } = (await answer.json()) as { missing?: readonly { what: string; message: string }[] };
  for (const { message } of missing) assert.match(message, /\.$/);
  return { status: answer.status, retryAfter: answer.headers.get("retry-after"), missing: missing.map(({ what }) => what) };
}

async function liveness({ process }: RunningServer): Promise<number> {
  return (await fetch(`${process.endpoint}/_lambent/health`)).status;
}

async function readyWhen(server: RunningServer, holds: (now: Readiness) => boolean): Promise<Readiness> {
  for (;;) {
    const now = await readiness(server);
    if (holds(now)) return now;
    await delay(50);
  }
}

/** A node that is out of breath may answer with an error: that is another matter than a connection that is refused or cut. */
function unlessAnswered(error: unknown): void {
  if ((error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode === undefined) throw error;
}

async function serverFor(t: TestContext, args: readonly string[]): Promise<RunningServer> {
  const server = await startServer({ args: ["--sandbox", "process", ...args] });
  t.after(() => server.close().catch(() => {}));
  return server;
}

describe("a server alone", { timeout: 300_000 }, () => {
  test("is ready when it answers", async (t) => {
    assert.deepEqual(await readiness(await serverFor(t, [])), { status: 200, retryAfter: null, missing: [] });
  });

  test("that is told to stop says so before it closes its port, and serves until then", async (t) => {
    const server = await serverFor(t, ["--drain-seconds", "4"]);
    await server.create("late", await zipOf({ "index.mjs": "export const handler = async () => 'here';" }), { Runtime: "nodejs24.x" });
    server.process.kill("SIGTERM");
    const stopping = await readyWhen(server, ({ status }) => status !== 200);
    assert.deepEqual(stopping, { status: 503, retryAfter: "1", missing: ["willingness"] });
    assert.equal(await liveness(server), 200);
    assert.equal(await server.call("late"), "here");
    assert.equal(await server.process.ended, 0);
    await assert.rejects(readiness(server));
  });

  test("gives what runs the seconds of --finish-seconds, and no more", async (t) => {
    const server = await serverFor(t, ["--finish-seconds", "0"]);
    const sleeper = "export const handler = () => new Promise((resolve) => setTimeout(resolve, 50_000));";
    await server.create("long", await zipOf({ "index.mjs": sleeper }), { Runtime: "nodejs24.x" });
    const call = server.client.send(new InvokeCommand({ FunctionName: "long" }));
    const cut = assert.rejects(call);
    while (((await (await fetch(`${server.process.endpoint}/_lambent/health`)).json()) as { busy: number }).busy === 0) await delay(20);
    assert.equal(await server.process.stop(), 0);
    await cut;
  });
});

describe("a node of a cluster", { skip: withoutPostgres, timeout: 300_000 }, () => {
  test("is not ready while PostgreSQL is away, lives on, and is ready when it is back", async (t) => {
    const postgres = await ownPostgres(t);
    const cluster = await startCluster(t, await postgres.createDatabase());
    const server = await cluster.node(["--sandbox", "process"]);
    await readyWhen(server, ({ status }) => status === 200);
    await postgres.kill();
    const without = await readyWhen(server, ({ missing }) => missing.includes("membership")); // its last heartbeat counts for a while
    assert.deepEqual(without, { status: 503, retryAfter: "1", missing: ["membership", "store"] });
    assert.equal(await liveness(server), 200);
    await postgres.restart();
    await readyWhen(server, ({ status }) => status === 200);
    await server.client.send(new ListFunctionsCommand());
  });

  test("that is told to stop closes its door to no caller who goes by what is ready", async (t) => {
    const cluster = await startCluster(t);
    const args = ["--sandbox", "process", "--drain-seconds", "5"];
    const nodes = [await cluster.node(args), await cluster.node(args)] as const;
    await seenByAll(nodes, 2);
    await nodes[0].create("steady", await zipOf({ "index.mjs": "export const handler = async () => 'here';" }), { Runtime: "nodejs24.x" });
    let ready: readonly RunningServer[] = nodes;
    let isOver = false;
    t.after(() => {
      isOver = true;
    });
    let looks = 0;
    let calls = 0;
    const look = async () => {
      const statuses = await Promise.all(nodes.map((node) => readiness(node).catch(() => undefined)));
      ready = nodes.filter((_, at) => statuses[at]?.status === 200);
      looks++;
    };
    const balancing = (async () => {
      for (; !isOver; await delay(500)) await look();
    })();
    const calling = (async () => {
      for (; !isOver; calls++) await ready[calls % ready.length]?.call("steady").catch(unlessAnswered);
    })();
    const reached = async (count: () => number, more: number) => {
      const goal = count() + more;
      await Promise.race([calling, until(() => isOver || count() >= goal)]); // a call that fails ends the test
    };
    await reached(() => calls, 20);
    nodes[0].process.kill("SIGTERM");
    assert.equal(await nodes[0].process.ended, 0);
    await reached(() => looks, 2);
    isOver = true;
    await Promise.all([balancing, calling]);
  });
});
