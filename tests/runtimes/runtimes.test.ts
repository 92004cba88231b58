import assert from "node:assert/strict";
import { homedir } from "node:os";
import { dirname } from "node:path";
import { test } from "node:test";
import { dataFile } from "../../src/lib/sibling.ts";
import { place } from "../../src/runtimes/placement.ts";
import { Runtimes, runtimeIds } from "../../src/runtimes/runtimes.ts";

const search = { path: dirname(process.execPath), home: homedir(), variables: {} };
const runtimes = new Runtimes({ search, given: new Map(), exact: false });
const inside = { task: "/var/task", layers: "/opt", tmp: "/tmp", mounted: (path: string) => path };

test("a runtime that is not in the table is refused by name", async () => {
  const check = await runtimes.check("java21");
  assert.deepEqual(check, { usable: false, because: `lambent does not run java21 functions. It runs ${runtimeIds.join(", ")}.` });
  await assert.rejects(runtimes.launchFor("java21"), { name: "PlatformError", code: "runtime-not-found" });
});

test("an OS-only runtime starts the bootstrap of the code and sets no AWS_EXECUTION_ENV", async () => {
  const launch = await runtimes.launchFor("provided.al2023");
  assert.deepEqual(launch.argv(inside), ["/var/task/bootstrap"]);
  assert.deepEqual(launch.reserved, {});
  assert.equal(launch.earlyFor, undefined);
});

test("the Node.js that runs this program serves its own version, with the heap sized for the function", async () => {
  const { launch, program } = await ownNode();
  const variables = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128" };
  const flags = ["--max-semi-space-size=6", "--max-old-space-size=116"];
  assert.deepEqual(launch.argv(inside, variables), [program, ...flags, "/var/runtime/bootstrap.cjs"]);
  assert.deepEqual(launch.earlyFor?.(128, {}), [program, ...flags, "/var/runtime/bootstrap.cjs", "--early"]);
});

test("a function with variables that are read at start is not served by a runtime that runs already", async () => {
  const { launch } = await ownNode();
  for (const name of ["NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "LD_PRELOAD", "PYTHONHASHSEED", "AWS_LAMBDA_EXEC_WRAPPER"])
    assert.equal(launch.earlyFor?.(128, { [name]: "x" }), undefined, name);
  assert.notEqual(launch.earlyFor?.(128, { NODE_ENV: "production", NODE_PATH: "/opt", PYTHONPATH: "/opt", TZ: "Asia/Tokyo" }), undefined);
});

test("a heap size in NODE_OPTIONS is left to it", async () => {
  const { launch, program } = await ownNode();
  const variables = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128", NODE_OPTIONS: "--max-old-space-size=64" };
  assert.deepEqual(launch.argv(inside, variables), [program, "/var/runtime/bootstrap.cjs"]);
});

test("AWS_LAMBDA_EXEC_WRAPPER gets the runtime's command as its arguments", async () => {
  const { launch, program } = await ownNode();
  const argv = launch.argv(inside, { AWS_LAMBDA_EXEC_WRAPPER: "/opt/wrapper" });
  assert.deepEqual(argv, ["/bin/sh", "-c", 'exec "$@"', "sh", "/opt/wrapper", program, "/var/runtime/bootstrap.cjs"]);
});

test("features that AWS turns off in nodejs22.x are off, unless NODE_OPTIONS asks for them", async () => {
  const launch = await runtimes.launchFor("nodejs22.x");
  assert.ok(launch.argv(inside).includes("--no-experimental-require-module"));
  const argv = launch.argv(inside, { NODE_OPTIONS: "--experimental-require-module" });
  assert.ok(!argv.includes("--no-experimental-require-module"));
  assert.ok(argv.includes("--no-experimental-detect-module"));
});

const interpreter = { version: [3, 12, 1], bound: false, options: [], isShared: false };
const guest = { from: dataFile("guest/python"), to: "/var/runtime" };

test("an interpreter outside /usr appears below /var/lang, one of /usr where it is", () => {
  const own = { ...interpreter, executable: "/home/u/py/bin/python3.12", prefix: "/home/u/py" };
  assert.deepEqual(place("python", own), { mounts: [{ from: "/home/u/py", to: "/var/lang" }, guest], program: "/var/lang/bin/python3.12" });
  const system = { ...interpreter, executable: "/usr/bin/python3.12", prefix: "/usr" };
  assert.deepEqual(place("python", system), { mounts: [guest], program: "/usr/bin/python3.12" });
});

test("a prefix whose shared library is loaded by its path is there by that path too", () => {
  const { mounts } = place("python", { ...interpreter, bound: true, executable: "/home/u/py/bin/python3.12", prefix: "/home/u/py" });
  assert.deepEqual(mounts, [{ from: "/home/u/py", to: "/var/lang" }, { from: "/home/u/py", to: "/home/u/py" }, guest]);
});

test("a lone node in somebody's home makes nothing else of it visible", () => {
  const { mounts, program } = place("nodejs", { ...interpreter, executable: "/home/u/bin/node", prefix: "/home/u" });
  assert.deepEqual(mounts[0], { from: "/home/u/bin/node", to: "/var/lang/bin/node" });
  assert.equal(program, "/var/lang/bin/node");
});

test("of a Python built into somebody's home only the program and its library are visible", () => {
  const { mounts, program } = place("python", { ...interpreter, isShared: true, executable: "/home/u/bin/python3.12", prefix: "/home/u" });
  assert.deepEqual(mounts, [
    { from: "/home/u/bin/python3.12", to: "/var/lang/bin/python3.12" },
    { from: "/home/u/lib/python3.12", to: "/var/lang/lib/python3.12" },
    guest,
  ]);
  assert.equal(program, "/var/lang/bin/python3.12");
});

/** The launch of the runtime that the Node.js running this test is the exact version of. */
async function ownNode() {
  const launch = await runtimes.launchFor(`nodejs${process.versions.node.split(".")[0]}.x`);
  return { launch, program: launch.earlyFor?.(128, {})?.[0] };
}
