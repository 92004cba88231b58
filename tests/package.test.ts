// What npm publishes, installed where no checkout is: it starts, deploys and invokes.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { command, tryCommand } from "../scripts/command.ts";
import { type LambentProcess, startLambent } from "../scripts/lambent-process.ts";

let home: string;
let bin: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), "lambent-package-"));
  await command(["npm", "pack", "--pack-destination", home, "--silent"]);
  const tarball = (await readdir(home)).find((name) => name.endsWith(".tgz"))!;
  await command(["npm", "install", "--prefix", home, "--omit=dev", "--no-audit", "--no-fund", "--silent", join(home, tarball)]);
  bin = join(home, "node_modules/lambent/bin/lambent.mjs");
});
after(() => rm(home, { recursive: true, force: true }));

const lambent = (...argv: readonly string[]) => tryCommand([process.execPath, bin, ...argv], { cwd: home });

async function started(): Promise<LambentProcess> {
  return startLambent({ args: ["--sandbox", "process", "--data", join(home, "data")], entry: bin, workingDirectory: home });
}

test("the package brings no development dependency and no Node along", async () => {
  const installed = await readdir(join(home, "node_modules"));
  assert.deepEqual(
    installed.filter((name) => /^(node-(linux|darwin|bin)|typescript|@aws-sdk|@biomejs|@smithy)/.test(name)),
    [],
  );
});

test("an installed lambent starts, deploys and invokes", async () => {
  const server = await started();
  try {
    await mkdir(join(home, "hello"));
    await writeFile(join(home, "hello/index.mjs"), "export const handler = async (event) => ({ seen: event });");
    const at = ["--endpoint-url", server.endpoint];
    const deployed = await lambent("deploy", "hello", ...at);
    assert.equal(deployed.code, 0, deployed.output);
    const invoked = await lambent("invoke", "hello", "--payload", '{"n":1}', "--json", ...at);
    assert.equal(invoked.code, 0, invoked.output);
    assert.deepEqual(JSON.parse(invoked.output).payload, { seen: { n: 1 } });
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

test("an installed lambent builds its launcher and isolates with it", { skip: process.platform !== "linux" && "Linux only" }, async () => {
  const { HOME = "", CARGO_HOME = join(HOME, ".cargo"), RUSTUP_HOME = join(HOME, ".rustup") } = process.env;
  const env = { HOME: home, CARGO_HOME, RUSTUP_HOME }; // its cache must be empty, cargo's own need not
  const built = await tryCommand([process.execPath, bin, "build-stem", "--json"], { cwd: home, env });
  assert.equal(built.code, 0, built.output);
  assert.ok(JSON.parse(built.output).file.startsWith(home));
  const examined = await tryCommand([process.execPath, bin, "doctor", "--sandbox", "stem"], { cwd: home, env });
  assert.match(examined.output, /sandbox stem +works, and is chosen/);
});

test("a first start says that it builds the launcher", { skip: process.platform !== "linux" && "Linux only" }, async () => {
  const env = { HOME: join(home, "elsewhere"), PATH: "" }; // without cargo it ends there
  const { code, output } = await tryCommand([process.execPath, bin, "start", "--sandbox", "stem", "--port", "0"], { cwd: home, env });
  assert.equal(code, 1);
  assert.match(output, /^lambent: Building the launcher of sandboxes with cargo, once: .*\n[\s\S]*cargo is not installed/m);
});

test("an error's page is part of the package", async () => {
  const { code, output } = await lambent("start", "--port", "many");
  assert.equal(code, 1);
  assert.match(output, /docs\/errors\/bad-setting\.md/);
});

test("an older Node gets one sentence and exit code 1", async () => {
  const pretend = `Object.defineProperty(process, "versions", { value: { node: "20.1.0" } }); await import(${JSON.stringify(bin)});`;
  const { code, output } = await tryCommand([process.execPath, "--input-type=module", "-e", pretend], { cwd: home });
  assert.equal(code, 1);
  assert.match(output, /^lambent needs Node 24 or newer and this is Node 20\.1\.0\..*\n$/);
});
