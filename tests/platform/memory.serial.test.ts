// Memory while a function is invoked again and again: a short form of bench/soak.ts, which finds what grows by two kilobytes with each call.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { load, Server } from "../../bench/server.ts";
import { deploy, invokePath, subjects } from "../../bench/subjects.ts";
import { packageRoot } from "../../src/lib/sibling.ts";

const WARM_UP = 20_000;
const CALLS = 60_000;
const CLIENTS = 16;
/** V8 collects late: about 50 MB come and go. */
const GROWTH_MB_MAX = 100;
/** V8's young generation reaches its size at once, so that what grows afterwards is ours. */
const YOUNG = "--max-semi-space-size=4";

test(`${CALLS} invocations after a warm-up leave the server about as large as it was`, {
  skip: process.platform !== "linux",
  timeout: 300_000,
}, async (t) => {
  const data = await mkdtemp(join(tmpdir(), "lambent-memory-"));
  t.after(() => rm(data, { recursive: true, force: true }));
  const server = await Server.start([YOUNG, join(packageRoot, "src/main.ts"), "start", "--port", "0", "--data", data]);
  t.after(() => server.stop());
  const [echo] = await subjects("quick");
  const client = server.client();
  await deploy(client, echo);
  client.destroy();
  const target = { server, path: invokePath(echo.name), event: echo.event, invokes: CALLS };
  await load(target, CLIENTS, WARM_UP);
  const before = server.memoryMb;
  await load(target, CLIENTS, CALLS);
  const grown = server.memoryMb - before;
  assert.ok(grown < GROWTH_MB_MAX, `${grown} MB more after ${CALLS} invocations`);
});
