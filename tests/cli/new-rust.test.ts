// The way of most: `lambent new`, `deploy`, `invoke`, in Rust. Some sixty crates are compiled the first time.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startLambent } from "../../scripts/lambent-process.ts";
import { packageRoot } from "../../src/lib/sibling.ts";
import { lambent } from "./lambent.ts";

test("a new Rust function compiles, deploys, answers and fails as its source says", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lambent-new-rust-"));
  process.env.CARGO_TARGET_DIR = join(packageRoot, ".cache", "new-rust"); // kept between runs
  process.env.CARGO_PROFILE_RELEASE_OPT_LEVEL = "0"; // how fast it runs is not the question
  const server = await startLambent({
    args: ["--data", join(folder, "data"), "--sandbox", process.platform === "linux" ? "auto" : "process"],
  });
  const at = { workingDirectory: folder, environment: { AWS_ENDPOINT_URL: server.endpoint } };
  try {
    assert.equal((await lambent(["new", "hello"], at)).exitCode, 0);
    const deployed = await lambent(["deploy", "hello", "--json"], at);
    assert.equal(deployed.exitCode, 0, deployed.err);
    const good = await lambent(["invoke", "hello", "--payload", '{"name":"Ada"}'], at);
    assert.equal(JSON.parse(good.out).message, "Hello, Ada!");
    const bad = await lambent(["invoke", "hello", "--payload", '{"name":""}'], at);
    assert.equal(bad.exitCode, 1);
    assert.equal(JSON.parse(bad.out).errorMessage, "name is empty");
    const log = await lambent(["logs", "hello"], at);
    assert.match(log.out, /greeting Ada$/m);
  } finally {
    assert.equal(await server.stop(), 0);
    await rm(folder, { recursive: true, force: true });
  }
});
