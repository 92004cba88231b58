// A started server on the bubblewrap driver, with a data directory that nobody else may enter: as root and as an ordinary user.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { before, describe, test } from "node:test";
import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { packageRoot } from "../../src/lib/sibling.ts";
import { findBubblewrap } from "../../src/sandbox/bubblewrap.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { ACCOUNT, REGION, ROLE } from "./running-server.ts";

const isRoot = process.getuid?.() === 0;
const users = isRoot ? [0, 65_534] : [process.getuid?.() ?? 0];

describe("functions in bubblewrap", { skip: findBubblewrap() === undefined && "no bubblewrap", timeout: 300_000 }, () => {
  let rust: Uint8Array;
  before(async () => {
    const { scenario } = await buildFunctions();
    rust = await zipOf({ bootstrap: { content: readFileSync(scenario!), mode: 0o100755 } });
  });

  for (const uid of users) {
    for (const store of ["--data", "--memory"] as const) {
      test(`answer when the user ${uid} starts the server with ${store}`, async () => {
        const home = mkdtempSync(join(tmpdir(), "lambent-bubblewrap-"));
        const data = join(home, "data");
        mkdirSync(data, { mode: 0o700 });
        if (isRoot) for (const folder of [home, data]) chownSync(folder, uid, uid);
        const server = await start(uid, home, store === "--data" ? ["--data", data] : ["--memory"]);
        try {
          assert.equal(await invokeOnce(server.endpoint, rust), '"hello"');
          assert.equal(statSync(data).mode & 0o777, 0o700);
        } finally {
          await server.stop();
          rmSync(home, { recursive: true, force: true });
        }
      });
    }
  }

  test("answer from an interpreter that only root can reach", { skip: !isRoot }, async () => {
    const home = mkdtempSync(join(tmpdir(), "lambent-bubblewrap-")); // mode 0700
    const node = join(home, "node24");
    writeFileSync(node, readFileSync(process.execPath), { mode: 0o755 });
    const server = await start(0, home, ["--data", join(home, "data"), "--runtime-path", `nodejs24.x=${node}`]);
    try {
      const zip = await zipOf({ "index.mjs": "export const handler = async (event) => event.value;" });
      assert.equal(await invokeOnce(server.endpoint, zip, "nodejs24.x"), '"hello"');
    } finally {
      await server.stop();
      rmSync(home, { recursive: true, force: true });
    }
  });
});

async function start(uid: number, home: string, args: readonly string[]): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const settings = ["--port", "0", "--json", "--auth", "open", "--sandbox", "bubblewrap"];
  const child = spawn(process.execPath, [join(packageRoot, "src/main.ts"), "start", ...settings, ...args], {
    ...(isRoot ? { uid, gid: uid } : {}),
    cwd: home,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: home, TMPDIR: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(child, "close");
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const line = await Promise.race([once(createInterface({ input: child.stdout }), "line"), ended]);
  assert.equal(typeof line[0], "string", said);
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { endpoint: (JSON.parse(line[0]) as { endpoint: string }).endpoint, stop };
}

async function invokeOnce(endpoint: string, ZipFile: Uint8Array, Runtime: "provided.al2023" | "nodejs24.x" = "provided.al2023") {
  const client = new LambdaClient({
    endpoint,
    region: REGION,
    credentials: { accessKeyId: ACCOUNT, secretAccessKey: "any" },
    maxAttempts: 1,
  });
  const FunctionName = "inside";
  try {
    await client.send(
      new CreateFunctionCommand({ FunctionName, Runtime, Code: { ZipFile }, Role: ROLE, Handler: "index.handler", Timeout: 30 }),
    );
    await waitUntilFunctionActiveV2({ client, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }, { FunctionName });
    const { Payload } = await client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify({ do: "echo", value: "hello" }) }));
    return Buffer.from(Payload!).toString();
  } finally {
    client.destroy();
  }
}
