// The account's limit holds over all nodes, so all are started with the same one.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lambent } from "../cli/lambent.ts";
import { withoutPostgres } from "../contract/postgres-server.ts";
import { seenByAll, startCluster } from "./running-cluster.ts";

describe("--concurrency", { skip: withoutPostgres, timeout: 240_000 }, () => {
  test("of another value than the running nodes' is refused at the start, and taken when those have ended", async (t) => {
    const cluster = await startCluster(t);
    const node = (concurrency: string) => cluster.node(["--sandbox", "process", "--concurrency", concurrency]);
    const first = await node("40");
    const args = ["--sandbox", "process", "--store", cluster.url, "--blobs", cluster.blobs];
    const other = await lambent(["start", "--memory", "--port", "0", "--concurrency", "41", ...args]);
    assert.equal(other.exitCode, 1);
    assert.match(other.err, /run with --concurrency 40, and this one was started with 41/);
    assert.match(other.err, /docs\/errors\/cluster-concurrency-differs\.md/);
    const second = await node("40");
    await seenByAll([first, second], 2);
    await Promise.all([first.process.stop(), second.process.stop()]);
    await seenByAll([await node("41")], 1);
  });
});
