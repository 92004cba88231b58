// What nodes cost and bring: warm invocations of the echo on one server alone, on one node with its rows in PostgreSQL, forwarded from a node that
// runs nothing, and on two and three nodes with the callers spread over them. All nodes share this machine's cores with the load, so more of
// them show what sharing costs and not what more machines bring. Prints one JSON line.
// Usage: node bench/cluster.ts   BENCH_INVOKES=2000 for a short one

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "../scripts/command.ts";
import { startPostgres } from "../scripts/postgres.ts";
import { type Load, load, machineLoad, rounded, Server } from "./server.ts";
import { deploy, ECHO_EVENT, invokePath, subjects } from "./subjects.ts";

const INVOKES = Number(process.env.BENCH_INVOKES ?? 8_000);
const CLIENTS = 16;
/** Until every node knows the others and their environments. */
const ACQUAINTED_MS = 1_500;

const [echo] = await subjects();
const directory = await mkdtemp(join(tmpdir(), "lambent-bench-"));
const postgres = await startPostgres();
let lastNode = 0;

function startNode(...options: readonly string[]): Promise<Server> {
  const data = join(directory, `node-${++lastNode}`);
  return Server.start([join(root, "src/main.ts"), "start", "--port", "0", "--data", data, ...options]);
}

/** `entries` are asked, each by its part of the clients. */
async function measure(entries: readonly Server[]): Promise<{ readonly oneClient: Load; readonly manyClients: Load }> {
  const targets = entries.map((server) => ({ server, path: invokePath(echo.name), event: ECHO_EVENT, invokes: INVOKES }));
  const together = async (clients: number) => {
    const each = await Promise.all(targets.map((target) => load(target, clients, Math.ceil(INVOKES / targets.length))));
    const slowest = (of: (one: Load) => number) => rounded(Math.max(...each.map(of)));
    const perSecond = Math.round(each.reduce((sum, one) => sum + one.perSecond, 0));
    return { perSecond, p50Ms: slowest(({ p50Ms }) => p50Ms), p99Ms: slowest(({ p99Ms }) => p99Ms) };
  };
  const clients = Math.ceil(CLIENTS / entries.length);
  await together(clients); // warms up
  const oneClient = await load(targets[0]!, 1, Math.ceil(INVOKES / 4));
  return { oneClient, manyClients: await together(clients) };
}

async function withNodes(options: readonly (readonly string[])[], entries: (nodes: readonly Server[]) => readonly Server[]) {
  const nodes: Server[] = [];
  try {
    for (const one of options) nodes.push(await startNode(...one));
    const client = nodes[0]!.client();
    await deploy(client, echo);
    client.destroy();
    await sleep(ACQUAINTED_MS);
    return await measure(entries(nodes));
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

async function inCluster(roles: readonly string[], entries: (nodes: readonly Server[]) => readonly Server[]) {
  const url = await postgres.createDatabase();
  const blobs = join(directory, `blobs-${lastNode}`);
  return withNodes(
    roles.map((role) => ["--store", url, "--blobs", blobs, ...(role === "all" ? [] : ["--roles", role])]),
    entries,
  );
}

try {
  const everywhere = (nodes: readonly Server[]) => nodes;
  const alone = await withNodes([[]], everywhere);
  const oneNode = await inCluster(["all"], everywhere);
  const forwarded = await inCluster(["front", "worker"], ([front]) => [front!]);
  const twoNodes = await inCluster(["all", "all"], everywhere);
  const threeNodes = await inCluster(["all", "all", "all"], everywhere);
  const addedMs = rounded(forwarded.oneClient.p50Ms - oneNode.oneClient.p50Ms);
  console.log(JSON.stringify({ alone, oneNode, forwarded, addedMs, twoNodes, threeNodes, machineLoad: machineLoad() }));
} finally {
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
