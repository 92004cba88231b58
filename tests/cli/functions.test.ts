// The commands that need a server, against a real one: deploy, invoke, list, logs, delete.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { type LambentProcess, startLambent } from "../../scripts/lambent-process.ts";
import { packageRoot } from "../../src/lib/sibling.ts";
import { type Ran, lambent as run } from "./lambent.ts";

let folder: string;
let server: LambentProcess;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "lambent-cli-"));
  server = await startLambent({ args: ["--sandbox", "process", "--data", join(folder, "data")] });
});
after(async () => {
  const code = await server.stop();
  await rm(folder, { recursive: true, force: true });
  assert.equal(code, 0);
});

function lambent(argv: readonly string[], input = ""): Promise<Ran> {
  return run(argv, { environment: { AWS_ENDPOINT_URL: server.endpoint }, workingDirectory: folder, input });
}

/** A shell script is the smallest function there is, and needs no interpreter of a certain version. */
const BOOTSTRAP = `#!/bin/sh
headers=$(mktemp)
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while :; do
  event=$(curl -sS -D "$headers" "$api/next") || exit 1
  id=$(tr -d '\\r' < "$headers" | sed -n 's/^[Ll]ambda-[Rr]untime-[Aa]ws-[Rr]equest-[Ii]d: //p')
  echo "greeting=$GREETING event=$event"
  case $event in
    *fail*) curl -sS -d '{"errorType":"Asked","errorMessage":"it was asked to"}' "$api/$id/error" ;;
    *) curl -sS -d "{\\"greeting\\":\\"$GREETING\\",\\"event\\":$event}" "$api/$id/response" ;;
  esac > /dev/null
done
`;

async function deployed(name: string, ...argv: readonly string[]): Promise<Ran> {
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, name, "bootstrap"), BOOTSTRAP, { mode: 0o755 });
  const ran = await lambent(["deploy", name, ...argv]);
  assert.equal(ran.exitCode, 0, ran.err);
  return ran;
}

test("a folder is deployed, invoked and listed", async () => {
  const { out } = await deployed("greeter", "--memory", "256", "--timeout", "7");
  assert.match(out, /Created greeter provided\.al2023, (x86_64|arm64), 256 MB, 7 s/);
  assert.match(out, /lambent invoke greeter/);
  const invoked = await lambent(["invoke", "greeter", "--payload", '{"n":1}']);
  assert.equal(invoked.exitCode, 0);
  assert.deepEqual(JSON.parse(invoked.out), { greeting: "", event: { n: 1 } });
  assert.match((await lambent(["list"])).out, /^greeter +provided\.al2023 +256 MB +7 s/m);
});

test("a cargo workspace becomes one function for each binary", async () => {
  const manifest = (name: string) => `[package]\nname = "${name}"\nversion = "0.1.0"\nedition = "2024"\n`;
  const files = {
    "crates/Cargo.toml": '[workspace]\nresolver = "3"\nmembers = ["orders", "stock"]\n',
    "crates/orders/Cargo.toml": manifest("orders"),
    "crates/orders/src/main.rs": "fn main() {}",
    "crates/orders/src/bin/refunds.rs": "fn main() {}",
    "crates/stock/Cargo.toml": manifest("stock"),
    "crates/stock/src/main.rs": "fn main() {}",
  };
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const { exitCode, out, err } = await lambent(["deploy", "crates"]);
  assert.equal(exitCode, 0, err);
  for (const name of ["orders", "refunds", "stock"]) assert.match(out, new RegExp(`Created ${name} provided\\.al2023`));
  assert.equal((await lambent(["deploy", "crates", "--name", "one"])).exitCode, 2);
  assert.match((await lambent(["deploy", "crates", "--bin", "stock", "--name", "store"])).out, /Created store/);
});

test("the event may come from a file or from stdin", async () => {
  await deployed("events");
  await writeFile(join(folder, "event.json"), '{"from":"file"}');
  for (const argv of [
    ["--event", "event.json"],
    ["--payload", "@event.json"],
  ]) {
    assert.equal(JSON.parse((await lambent(["invoke", "events", ...argv])).out).event.from, "file");
  }
  assert.equal(JSON.parse((await lambent(["invoke", "events", "--payload", "-"], '{"from":"stdin"}')).out).event.from, "stdin");
});

test("a function's error is exit code 1, its payload on stdout and its message on stderr", async () => {
  await deployed("failing");
  const { exitCode, out, err } = await lambent(["invoke", "failing", "--payload", '{"fail":1}']);
  assert.equal(exitCode, 1);
  assert.equal(JSON.parse(out).errorMessage, "it was asked to");
  assert.match(err, /Asked: it was asked to/);
});

test("--async hands the event over and ends; the function runs with the request's id", { timeout: 300_000 }, async () => {
  await deployed("later");
  const { exitCode, out } = await lambent(["invoke", "later", "--async", "--payload", '{"mark":"handed-over"}']);
  assert.equal(exitCode, 0);
  const requestId = /^Accepted: request ([0-9a-f-]{36})\n$/.exec(out)?.[1];
  assert.ok(requestId, out);
  const log = async () => (await lambent(["logs", "later"])).out;
  for (let told = ""; !told.includes("handed-over") || !told.includes(`END RequestId: ${requestId}`); told = await log());
});

test("--cost says what the call costs", async () => {
  await deployed("priced");
  const { err } = await lambent(["invoke", "priced", "--cost"]);
  assert.match(err, /^\$0\.0000\d+ for this call: \d+ ms billed at \d+ MB\.$/m);
  assert.doesNotMatch(err, /REPORT/, "the log was not asked for");
});

test("--tail shows the log with its duration line", async () => {
  await deployed("tailed");
  const { err } = await lambent(["invoke", "tailed", "--tail"]);
  assert.match(err, /greeting= event=\{\}/);
  assert.match(err, /REPORT RequestId: \S+\tDuration: [\d.]+ ms/);
});

test("a second deploy changes only what differs and keeps variables set elsewhere", async () => {
  await deployed("variables", "--env", "GREETING=hello", "--env", "KEPT=1");
  assert.match((await deployed("variables")).out, /Unchanged: variables/);
  assert.match((await deployed("variables", "--env", "GREETING=hi")).out, /Updated variables/);
  const [shown] = JSON.parse((await lambent(["deploy", "variables", "--json"])).out);
  assert.deepEqual(shown.configuration.Environment.Variables, { GREETING: "hi", KEPT: "1" });
  assert.equal(JSON.parse((await lambent(["invoke", "variables"])).out).greeting, "hi");
});

test("logs prints what the function printed", async () => {
  await deployed("logged");
  await lambent(["invoke", "logged", "--payload", '{"mark":"a-line-to-find"}', "--tail"]);
  const { exitCode, out } = await lambent(["logs", "logged", "--filter", "greeting"]);
  assert.equal(exitCode, 0);
  assert.match(out, /^\d{4}-\d\d-\d\dT[\d:.]+Z greeting= event=\{"mark":"a-line-to-find"\}$/m);
  assert.doesNotMatch(out, /REPORT/);
});

test("logs --follow prints what comes after it began, once", async () => {
  await deployed("followed");
  const args = [join(packageRoot, "src/main.ts"), "logs", "followed", "--follow", "--endpoint-url", server.endpoint];
  const follower = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    let out = "";
    follower.stdout.setEncoding("utf8").on("data", (text) => {
      out += text;
    });
    const printed = async (mark: string) => {
      while (!out.includes(mark)) await once(follower.stdout, "data");
    };
    await lambent(["invoke", "followed", "--payload", '{"mark":"first"}']);
    await printed('"first"');
    await lambent(["invoke", "followed", "--payload", '{"mark":"second"}']);
    await printed('"second"');
    assert.equal(out.split('"first"').length, 2);
  } finally {
    follower.kill();
  }
});

test("a function that has not run has no log, and that is said", async () => {
  await deployed("silent");
  const { exitCode, err } = await lambent(["logs", "silent"]);
  assert.equal(exitCode, 1);
  assert.match(err, /no log group \/aws\/lambda\/silent/);
});

test("a deleted function is gone", async () => {
  await deployed("doomed");
  assert.equal((await lambent(["delete", "doomed"])).exitCode, 0);
  const { exitCode, err } = await lambent(["invoke", "doomed"]);
  assert.equal(exitCode, 1);
  assert.match(err, /ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:000000000000:function:doomed/);
});

test("a zip that is none is refused with AWS's words", async () => {
  await writeFile(join(folder, "broken.zip"), "no zip at all");
  const { exitCode, err } = await lambent(["deploy", "broken.zip", "--runtime", "provided.al2023"]);
  assert.equal(exitCode, 1);
  assert.match(err, /InvalidParameterValueException: Could not unzip uploaded file/);
});
