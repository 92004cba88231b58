// Shadows and promotions over several real servers on one database: who copies, who counts, who moves the alias, and what a kill -9 does to it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { GetAliasCommand } from "@aws-sdk/client-lambda";
import type { TrialAnswer } from "../../src/cli/trial-client.ts";
import { connect } from "../../src/store/dialects/postgres-connection.ts";
import type { ShadowReport, SideSummary } from "../../src/trial/shadow-report.ts";
import { lambent } from "../cli/lambent.ts";
import { withoutPostgres } from "../contract/postgres-server.ts";
import { ACCOUNT, REGION, type RunningServer } from "../platform/running-server.ts";
import { createTwoVersions } from "../platform/two-versions.ts";
import { nodesOf, seenByAll, startCluster, until } from "./running-cluster.ts";

interface Told {
  readonly report: Omit<ShadowReport, "primary" | "candidate"> & { readonly primary: SideSummary; readonly candidate: SideSummary };
}

interface Tuned {
  readonly enforced: object;
  readonly run: string;
  readonly tried: readonly TrialAnswer[];
}

const answer = (text: string) =>
  `export const handler = async ({ fail }) => { if (fail) throw new Error("no"); await new Promise((r) => setTimeout(r, 30)); return ${text}; };`;

/** Version 1 answers 1, version 2 answers 2, and the alias live has version 1. */
const withVersions = (server: RunningServer, name: string) => createTwoVersions(server, name, [answer("1"), answer("2")]);

async function run(server: RunningServer, ...argv: readonly string[]): Promise<string> {
  const where = ["--endpoint-url", server.process.endpoint, "--region", REGION];
  const done = await lambent([...argv, ...where], { environment: { AWS_ACCESS_KEY_ID: ACCOUNT } });
  assert.equal(done.exitCode, 0, done.err);
  return done.out;
}

async function told(server: RunningServer, name: string): Promise<Told["report"]> {
  return (JSON.parse(await run(server, "shadow", name, "--json")) as Told).report;
}

async function stateOf(server: RunningServer, name: string): Promise<string> {
  return (JSON.parse(await run(server, "promote", name, "--json")) as { state: string }[])[0]!.state;
}

/** The id of the node that carries promotions out. */
async function holderOf(url: string): Promise<string | undefined> {
  const connection = await connect(url);
  const [row] = await connection.query<{ node_id: string }>("SELECT node_id FROM role_lease WHERE name = 'promotions'");
  await connection.close();
  return row?.node_id;
}

describe("trials over several nodes", { skip: withoutPostgres, timeout: 280_000 }, () => {
  test("an event is copied once, by the node that runs it; a front runs neither copies nor trials, and tells of all", async (t) => {
    const cluster = await startCluster(t);
    const front = await cluster.node(["--roles", "front", "--sandbox", "process"]); // enforces nothing: what is enforced tells who ran a trial
    const [worker] = await Promise.all([1, 2].map(() => cluster.node(["--roles", "front,worker,poller"])));
    await seenByAll([front], 3);
    await withVersions(front, "copied");
    await run(front, "shadow", "copied:1", "--candidate", "2", "--guard", "none", "--yes");
    const round = () => Promise.all(Array.from({ length: 8 }, () => front.call("copied:1")));
    let before = 0;
    for (;;) {
      await round(); // both workers hear of the shadow a moment after it was started
      const { compared } = await settled(front);
      if (compared - before === 8) break;
      before = compared;
    }
    const first = await settled(front);
    await round();
    await until(async () => (await told(front, "copied:1")).compared >= first.compared + 8);
    const last = await settled(front);
    assert.deepEqual([last.compared - first.compared, last.equal, last.skipped, last.failed], [8, 0, 0, 0]);
    assert.deepEqual([last.primary.calls, last.candidate.calls], [last.compared, last.compared], "both sides were measured, on any node");
    assert.deepEqual(
      last.differences.map(({ kind, count }) => [kind, count]),
      [["changed", last.compared]],
    );
    await round();
    await run(front, "shadow", "copied:1", "--stop");
    await until(async () => (await told(front, "copied:1")).compared >= last.compared + 8);
    const stopped = await settled(front);
    assert.equal(stopped.compared - last.compared, 8, "copies that were under way are in the report, and no others");
    await round();
    assert.equal((await settled(front)).compared, stopped.compared);
    const tuned = JSON.parse(await run(front, "tune", "copied", "--sizes", "256,512", "--samples", "3", "--json")) as Tuned;
    assert.deepEqual(
      tuned.tried.map(({ memoryMb, warmMs }) => [memoryMb, warmMs.count]),
      [
        [256, 3],
        [512, 3],
      ],
    );
    const there = JSON.parse(await run(worker!, "tune", "copied", "--sizes", "256", "--samples", "3", "--json")) as Tuned;
    assert.deepEqual(tuned.enforced, there.enforced);
    assert.equal((JSON.parse(await run(front, "tune", "copied", "--run", tuned.run, "--json")) as Tuned).run, tuned.run);
    await assert.rejects(
      run(front, "tune", "copied", "--sizes", "256", "--payload", '{"fail":true}'),
      /copied fails with that payload at 256 MB/,
    );
    const nodes = await nodesOf(front);
    assert.deepEqual(
      nodes.filter(({ isThis }) => isThis).map(({ running, idle }) => [running, idle]),
      [[0, 0]],
      "nothing has run on the front",
    );
  });

  test("a promotion whose node is killed goes on by another one, to its end", async (t) => {
    const cluster = await startCluster(t);
    const one = await cluster.node();
    const two = await cluster.node();
    await seenByAll([one, two], 2);
    await withVersions(one, "moves");
    await run(two, "promote", "moves", "--alias", "live", "--to", "2", "--steps", "linear:25%:2s");
    const weightBy = async ({ client }: RunningServer) => {
      const { FunctionVersion, RoutingConfig } = await client.send(new GetAliasCommand({ FunctionName: "moves", Name: "live" }));
      return FunctionVersion === "2" ? 1 : (RoutingConfig?.AdditionalVersionWeights?.["2"] ?? 0);
    };
    await until(async () => (await weightBy(one)) > 0);
    const holder = await holderOf(cluster.url);
    const isOne = (await nodesOf(one)).find(({ isThis }) => isThis)!.id === holder;
    const [dying, left] = isOne ? [one, two] : [two, one];
    dying.process.kill("SIGKILL");
    await dying.process.ended;
    assert.equal(await stateOf(left, "moves"), "running");
    await until(async () => (await stateOf(left, "moves")) !== "running");
    assert.equal(await stateOf(left, "moves"), "done");
    assert.equal(await weightBy(left), 1);
    assert.notEqual(await holderOf(cluster.url), holder);
    assert.equal(await left.call("moves:live"), 2);
  });

  test("any node may cancel a promotion, whichever carries it out", async (t) => {
    const cluster = await startCluster(t);
    const nodes = [await cluster.node(), await cluster.node()];
    await seenByAll(nodes, 2);
    await withVersions(nodes[0]!, "kept");
    for (const node of nodes) {
      await run(node, "promote", "kept", "--alias", "live", "--to", "2", "--steps", "canary:50%:1h");
      await until(async () => (await weights(nodes[0]!))["2"] === 0.5);
      await run(node, "promote", "kept", "--alias", "live", "--cancel");
      assert.deepEqual(await Promise.all(nodes.map(weights)), [{}, {}], "answered when it is so everywhere");
      assert.equal(await stateOf(node, "kept"), "rolled-back");
    }
  });
});

async function weights({ client }: RunningServer): Promise<Readonly<Record<string, number>>> {
  const { RoutingConfig } = await client.send(new GetAliasCommand({ FunctionName: "kept", Name: "live" }));
  return RoutingConfig?.AdditionalVersionWeights ?? {};
}

/** When nodes have written nothing new for longer than they wait to write. */
async function settled(server: RunningServer): Promise<Told["report"]> {
  for (let before = await told(server, "copied:1"); ; ) {
    await pause(1_500);
    const now = await told(server, "copied:1");
    if (now.compared === before.compared) return now;
    before = now;
  }
}
