// A node has two ports, and says which one it could not have.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { describe, test } from "node:test";
import { lambent } from "../cli/lambent.ts";
import { withoutPostgres } from "../contract/postgres-server.ts";
import { startCluster } from "./running-cluster.ts";

describe("--cluster-listen", { skip: withoutPostgres, timeout: 180_000 }, () => {
  test("on a port that is taken is refused by that port", async (t) => {
    const { url, blobs } = await startCluster(t);
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    t.after(async () => void holder.close());
    const { port } = holder.address() as { port: number };
    const listen = ["--port", "0", "--cluster-listen", `127.0.0.1:${port}`];
    const { exitCode, err } = await lambent(["start", "--memory", "--sandbox", "process", "--store", url, "--blobs", blobs, ...listen]);
    assert.equal(exitCode, 1);
    assert.match(err, new RegExp(`Port ${port} is taken by process ${process.pid} .*--cluster-listen 127\\.0\\.0\\.1:0`));
  });
});
