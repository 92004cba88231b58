import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type LambentProcess, startLambent } from "../../scripts/lambent-process.ts";
import { packageRoot } from "../../src/lib/sibling.ts";
import { type Ran, lambent as run } from "./lambent.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lambent-start-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const dataArgs = (name: string) => ["--sandbox", "process", "--data", join(folder, name)];

/** Ended after the test, whatever became of it. */
async function started(t: TestContext, args: readonly string[]): Promise<LambentProcess> {
  const server = await startLambent({ args });
  t.after(() => server.kill("SIGKILL"));
  return server;
}

/** It must not outlive a test that expected something else of it. */
const ENDS = { timeout: 120_000, killSignal: "SIGKILL" } as const;

/** `lambent start` for when it must fail: its exit code and words. */
async function failedStart(args: readonly string[]): Promise<{ exitCode: number; err: string }> {
  const child = spawn(process.execPath, [join(packageRoot, "src/main.ts"), "start", ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    ...ENDS,
  });
  const closed = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  const err = await text(child.stderr);
  return { exitCode: await closed, err };
}

test("start answers health, and SIGTERM ends it with 0", async (t) => {
  const lambent = await started(t, dataArgs("health"));
  const health = await fetch(`${lambent.endpoint}/_lambent/health`);
  assert.equal(health.status, 200);
  assert.match(lambent.endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal(await lambent.stop(), 0);
});

/** A function that answers after `seconds`, deployed and invoked; resolves once it runs. */
async function running(lambent: LambentProcess, seconds: number): Promise<{ readonly ended: Promise<Ran> }> {
  const name = `sleeper-${seconds}`;
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, "index.mjs"), SLEEPER);
  const at = ["--endpoint-url", lambent.endpoint];
  assert.equal((await run(["deploy", name, "--timeout", "60", ...at], { workingDirectory: folder })).exitCode, 0);
  const invoked = run(["invoke", name, "--payload", JSON.stringify({ seconds }), ...at]);
  while (((await (await fetch(`${lambent.endpoint}/_lambent/health`)).json()) as { busy: number }).busy === 0) await delay(20);
  return { ended: invoked };
}

const SLEEPER = `import { setTimeout } from "node:timers/promises";
export const handler = ({ seconds }) => setTimeout(seconds * 1000, "slept");`;

test("the first signal lets a running invocation end and answers it", async (t) => {
  const lambent = await started(t, dataArgs("drain"));
  const invoked = await running(lambent, 2);
  assert.equal(await lambent.stop(), 0);
  const { exitCode, out } = await invoked.ended;
  assert.equal(exitCode, 0);
  assert.equal(out, '"slept"\n');
});

test("a second signal ends at once, whatever still runs, with exit code 1", async (t) => {
  const lambent = await started(t, dataArgs("force"));
  const invoked = await running(lambent, 30);
  lambent.kill("SIGINT");
  while (!lambent.said().includes("Once more to stop at once")) await delay(20);
  await delay(600); // what comes within half a second counts as the same keystroke
  lambent.kill("SIGINT");
  assert.equal(await lambent.ended, 1);
  assert.equal((await invoked.ended).exitCode, 1);
});

test("a taken port names its holder", async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
  const { port } = holder.address() as { port: number };
  const { exitCode, err } = await failedStart(["--port", String(port), ...dataArgs("port")]);
  holder.close();
  assert.equal(exitCode, 1);
  assert.match(err, new RegExp(`Port ${port} is taken by process ${process.pid} \\(`));
  assert.match(err, /docs\/errors\/port-taken\.md/);
});

test("a second server on one directory is refused, naming the first", async (t) => {
  const first = await started(t, dataArgs("shared"));
  const { exitCode, err } = await failedStart(["--port", "0", ...dataArgs("shared")]);
  assert.equal(await first.stop(), 0);
  assert.equal(exitCode, 1);
  assert.match(err, new RegExp(`in use by process ${first.pid}.*${first.endpoint}`));
});

test("a setting that makes no sense is refused by its name", async () => {
  const { exitCode, err } = await failedStart(["--port", "many"]);
  assert.equal(exitCode, 1);
  assert.match(err, /--port \(or LAMBENT_PORT\) takes a whole number/);
});

test("without signatures only loopback is listened on", async () => {
  const { exitCode, err } = await failedStart(["--host", "0.0.0.0", "--port", "0"]);
  assert.equal(exitCode, 1);
  assert.match(err, /--auth enforce/);
});

test("the banner shows where it answers, where data lies and how to use it", async () => {
  const args = [join(packageRoot, "src/main.ts"), "start", "--port", "0", ...dataArgs("banner")];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], ...ENDS });
  let out = "";
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    out += chunk;
    if (out.includes("Ctrl-C")) child.kill("SIGTERM");
  }
  const { version } = JSON.parse(await readFile(join(packageRoot, "package.json"), "utf8"));
  assert.ok(out.includes(`lambent ${version}  http://127.0.0.1:`));
  assert.ok(out.includes(join(folder, "banner")));
  assert.match(out, /eval "\$\(.*lambent.* env --endpoint-url http:\/\/127\.0\.0\.1:\d+\)"/);
});
