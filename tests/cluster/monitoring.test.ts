// What nodes of a cluster tell Prometheus: of the cluster too, and a node without a front on its port for other nodes.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { withoutPostgres } from "../contract/postgres-server.ts";
import { readMetrics } from "../platform/monitored.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { seenByAll, startCluster } from "./running-cluster.ts";

const TOKEN = "what-monitoring-knows";

describe("monitoring of a cluster", { skip: withoutPostgres, timeout: 120_000 }, () => {
  test("each node tells of itself and of the members that it sees", async (t) => {
    const cluster = await startCluster(t);
    const token = ["--metrics-token", TOKEN];
    const front = await cluster.node(["--roles", "front,poller,scheduler", ...token]);
    const worker = await cluster.node(["--roles", "worker", ...token]);
    await seenByAll([front], 2);
    await front.create("watched", await zipOf({ "index.mjs": "export const handler = async () => 1;" }), {
      Runtime: "nodejs24.x",
      MemorySize: 256,
    });
    assert.equal(await front.call("watched"), 1);

    const ofFront = await readMetrics(`${front.process.endpoint}/_lambent/metrics`); // open mode believes everybody
    const ofWorker = await readMetrics(`${worker.process.endpoint}/metrics`, TOKEN);
    assert.equal(ofFront.value("lambent_cluster_nodes", { state: "up" }), 2);
    assert.equal(ofFront.value("lambent_build_info", { store: "postgres" }), 1);
    assert.equal(ofFront.value("lambent_function_invocations_total", { function_name: "watched" }), undefined);
    assert.equal(ofWorker.value("lambent_function_invocations_total", { function_name: "watched" }), 1);
    assert.equal(ofWorker.value("lambent_cluster_member"), 1);
    assert.ok(ofWorker.value("lambent_permits", { state: "held" })! >= 1);
    assert.equal((await fetch(`${worker.process.endpoint}/metrics`)).status, 403);
  });
});
