import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { concurrencyFor, hardLimitOf, openFilesNeeded, tooFew } from "../../src/cli/open-files.ts";
import { packageRoot } from "../../src/lib/sibling.ts";

const plain = { concurrencyMax: 1_000, readyStems: 2, expose: [] };
const database = { name: "db", host: "localhost", port: 5432 };

test("each environment, each ready stem and each exposed service adds to what is needed", () => {
  const needed = openFilesNeeded(plain);
  assert.ok(needed > 6_000 && needed < 8_000, String(needed));
  assert.ok(openFilesNeeded({ ...plain, concurrencyMax: 1_001 }) > needed);
  assert.ok(openFilesNeeded({ ...plain, readyStems: 3 }) > needed);
  assert.ok(openFilesNeeded({ ...plain, expose: [database] }) >= needed + 1_000);
});

test("the concurrency that is advised for a limit fits it, and one more does not", () => {
  for (const users of [plain, { ...plain, expose: [database] }]) {
    const concurrencyMax = concurrencyFor(4_096, users);
    assert.ok(openFilesNeeded({ ...users, concurrencyMax }) <= 4_096);
    assert.ok(openFilesNeeded({ ...users, concurrencyMax: concurrencyMax + 1 }) > 4_096);
  }
});

test("a limit that is too low for anything advises no concurrency", () => {
  assert.equal(concurrencyFor(100, plain), 0);
  assert.doesNotMatch(tooFew(100, plain), /--concurrency/);
  assert.match(tooFew(4_096, plain), /--concurrency \d+\.$/);
});

test("the hard limit is read as the kernel writes it", () => {
  const line = (soft: string, hard: string) =>
    `Max processes 1 2 processes\nMax open files            ${soft}                 ${hard}               files     \n`;
  assert.equal(hardLimitOf(line("1024", "524288")), 524_288);
  assert.equal(hardLimitOf(line("1024", "unlimited")), Number.POSITIVE_INFINITY);
  assert.equal(hardLimitOf(""), undefined);
});

/** `lambent start` with a hard limit of so many open files, and without root's right to raise it unless `isAllowed`. */
async function startedWith(limit: number, isAllowed: boolean): Promise<{ exitCode: number; out: string; err: string }> {
  const data = await mkdtemp(join(tmpdir(), "lambent-files-"));
  const restricted = process.getuid?.() === 0 && !isAllowed ? ["setpriv", "--bounding-set=-sys_resource"] : [];
  const start = [
    process.execPath,
    join(packageRoot, "src/main.ts"),
    "start",
    "--port",
    "0",
    "--json",
    "--sandbox",
    "process",
    "--data",
    data,
  ];
  const [program = "", ...rest] = [...restricted, "sh", "-c", 'ulimit -n "$0" && exec "$@"', String(limit), ...start];
  const child = spawn(program, rest, { stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    out += chunk;
    if (out.includes("\n")) child.kill("SIGTERM");
  });
  const err = await text(child.stderr);
  const exitCode = await exit;
  await rm(data, { recursive: true, force: true });
  return { exitCode, out, err };
}

test("start with too low a limit is refused with the number needed", { skip: process.platform !== "linux" }, async () => {
  const { exitCode, err } = await startedWith(1_000, false);
  assert.equal(exitCode, 1);
  assert.match(err, new RegExp(`need ${openFilesNeeded(plain)} open files, and this process may have 1000`));
  assert.match(err, /docs\/errors\/too-few-open-files\.md/);
});

/** Root in a container often may not. */
const mayRaise = spawnSync("sh", ["-c", "ulimit -n 1000 && prlimit --nofile=2000:2000 true"]).status === 0;

test("start raises the limit by itself where it may", { skip: mayRaise ? false : "this user may not raise limits" }, async () => {
  const { exitCode, out, err } = await startedWith(1_000, true);
  assert.equal(exitCode, 0, err);
  assert.match(out, /"endpoint"/);
});
