// Several real lambents on one real PostgreSQL, with a shared directory of blobs: started, reached through their own SDK clients, and gone afterwards.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { NodeDescription } from "../../src/cluster/describe-node.ts";
import { emptyDatabase } from "../contract/postgres-server.ts";
import { type RunningServer, startServer } from "../platform/running-server.ts";

/** Far longer than anything takes that is waited for. */
const UNTIL_MS_MAX = 120_000;

export interface RunningCluster {
  readonly url: string;
  readonly blobs: string;
  /** Started and known to all others that run. */
  node(args?: readonly string[]): Promise<RunningServer>;
}

export interface ClusterPlace {
  readonly url: string;
  readonly blobs: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A test, or what stands for a suite: whatever can be told what to do at its end. */
export interface Owner {
  after(step: () => Promise<void>): void;
}

/** Every node is ended after the test or the suite, whatever became of it. */
export async function startCluster(t: Owner, url?: string): Promise<RunningCluster> {
  const blobs = await mkdtemp(join(tmpdir(), "lambent-blobs-"));
  t.after(() => rm(blobs, { recursive: true, force: true }));
  return clusterOn(t, { url: url ?? (await emptyDatabase()), blobs });
}

/** The same, with blobs that somebody else provides: a directory or a bucket. */
export function clusterOn(t: Owner, { url: database, blobs, environment }: ClusterPlace): RunningCluster {
  return {
    url: database,
    blobs,
    async node(args = []) {
      const server = await startServer({ args: ["--store", database, "--blobs", blobs, ...args], ...(environment && { environment }) });
      t.after(() => server.close().catch(() => {})); // one that was killed ends otherwise than it should
      return server;
    },
  };
}

/** What a node with a front says of all. */
export async function nodesOf({ process }: RunningServer): Promise<readonly NodeDescription[]> {
  const answer = await fetch(`${process.endpoint}/_lambent/nodes`);
  return ((await answer.json()) as { nodes: readonly NodeDescription[] }).nodes;
}

/** Gives up in the end: a test that has failed meanwhile must not keep its file's process alive. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const gaveUpMs = performance.now() + UNTIL_MS_MAX;
  while (!(await holds())) {
    if (performance.now() > gaveUpMs) throw new Error(`it did not come to hold within ${UNTIL_MS_MAX / 1_000} s: ${holds}`);
    await delay(20);
  }
}

/** Resolves when each of the servers sees so many nodes that are up. */
export async function seenByAll(servers: readonly RunningServer[], count: number): Promise<void> {
  for (const server of servers) await until(async () => (await nodesOf(server)).filter(({ state }) => state === "up").length === count);
}
