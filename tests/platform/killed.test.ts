// kill -9 of a server in the middle of everything: what ran ends with it, and the next start on its directory tidies up and goes on.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { buildFunctions } from "../../scripts/build-functions.ts";
import { zipOf } from "../services/lambda/zip-of.ts";
import { descendantsOf, groupsOf, membersOfGroups, stillThere } from "./process-traces.ts";
import { type RunningServer, startServer } from "./running-server.ts";

const skip = process.platform !== "linux";
/** Answers before the kill: at the first some environments still start, at the last some are frozen. */
const KILL_AFTER = [5, 60, 150];
const WORKERS = 12;

/** Not the small disks of tests that run beside this one. */
const mounts = async () =>
  (await readFile("/proc/self/mountinfo", "utf8")).split("\n").filter((line) => line !== "" && !line.includes("/lambent-test-"));
let data: string;
let mountsBefore: readonly string[];

before(async () => {
  data = await mkdtemp(join(tmpdir(), "lambent-killed-"));
  mountsBefore = await mounts();
});
after(() => rm(data, { recursive: true, force: true }));

/** What functions do at any time: work, sleep, leave children behind, fill /tmp, print, hold memory, never answer, crash. */
const EVENTS = [
  { do: "sleep", ms: 30 },
  { do: "fork", ms: 600_000 },
  { do: "fill", path: "/tmp/full", mb: 20 },
  { do: "print-lines", count: 500, text: "a line" },
  { do: "allocate", mb: 20, keep: true },
  { do: "spawn-processes", count: 5 },
  { do: "exit", code: 3 },
  { do: "echo", value: 1 },
];

const paths = ["--runtime-path", `nodejs24.x=${process.execPath}`];
const start = () => startServer({ data, args: ["--sandbox", "stem", "--freeze-after", "10", ...paths] });

async function createFunctions(server: RunningServer): Promise<void> {
  const { scenario } = await buildFunctions();
  const rust = await zipOf({ bootstrap: { content: await readFile(scenario!), mode: 0o100755 } });
  const node = await zipOf({ "index.mjs": "export const handler = async (event) => event;" });
  const python = await zipOf({ "app.py": "def handler(event, context):\n    return event\n" });
  await Promise.all([
    server.create("rust", rust, { Runtime: "provided.al2023" }),
    server.create("node", node, { Runtime: "nodejs24.x" }),
    server.create("python", python, { Runtime: "python3.9", Handler: "app.handler" }),
  ]);
}

/** Invokes without end until the server is gone; calls back after each answer. */
async function work(server: RunningServer, worker: number, answered: () => void): Promise<void> {
  for (let turn = worker; ; turn++) {
    const name = turn % 4 === 0 ? "node" : turn % 7 === 0 ? "python" : "rust";
    try {
      await server.call(name, EVENTS[turn % EVENTS.length]);
    } catch (error) {
      if (isConnectionGone(error)) return;
      assert.match(String(error), /errorType/); // a function's own failure
    }
    answered();
  }
}

const isConnectionGone = (error: unknown) =>
  /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up/.test(`${(error as { code?: string }).code} ${error}`);

async function killUnderLoad(server: RunningServer, killAfter: number) {
  const { pid } = server.process;
  const killed = Promise.withResolvers<ReturnType<typeof descendantsOf>>();
  let answers = 0;
  const answered = () => {
    if (++answers !== killAfter) return;
    killed.resolve(descendantsOf(pid));
    process.kill(pid, "SIGKILL");
  };
  await Promise.all([...Array.from({ length: WORKERS }, (_, worker) => work(server, worker, answered)), server.process.ended]);
  server.client.destroy();
  return { pid, processes: await killed.promise };
}

test("a server killed under load leaves no process and no mount, and the next start sweeps its groups and goes on", {
  skip,
  timeout: 300_000,
}, async (t) => {
  let server = await start();
  t.after(() => server.close());
  await createFunctions(server);
  for (const killAfter of KILL_AFTER) {
    const { pid, processes } = await killUnderLoad(server, killAfter);
    assert.ok([...processes.values()].some((what) => /stem/.test(what)) && processes.size > 4, "sandboxes ran");
    await gone(() => [...stillThere(processes), ...membersOfGroups(pid)]);
    assert.deepEqual(await mounts(), mountsBefore);

    server = await start();
    assert.deepEqual(groupsOf(pid), []);
    for (const name of ["node", "python"]) assert.deepEqual(await server.call(name, { alive: name }), { alive: name });
    assert.equal(await server.call("rust", { do: "echo", value: "alive" }), "alive");
  }
  const running = descendantsOf(server.process.pid);
  assert.equal(await server.process.stop(), 0);
  await gone(() => stillThere(running));
  assert.deepEqual(groupsOf(server.process.pid), []);
  assert.deepEqual(await mounts(), mountsBefore);
});

test("a server killed while sandboxes are being made leaves none of them, nor what was to lead them out", {
  skip,
  timeout: 300_000,
}, async (t) => {
  const server = await start();
  t.after(() => server.close());
  const { pid } = server.process;
  const zip = await zipOf({ "index.mjs": "export const handler = async (event) => event;" });
  await server.create("born", zip, { Runtime: "nodejs24.x" });
  const [launcher] = [...descendantsOf(pid).values()].filter((what) => what.endsWith(" stem"));
  process.kill(Number.parseInt(launcher!, 10), "SIGSTOP");
  const calls = Promise.allSettled(Array.from({ length: 8 }, () => server.call("born")));
  await delay(500); // the orders have gone out: on a slower machine there are fewer of them
  const processes = descendantsOf(pid);
  process.kill(pid, "SIGKILL");
  process.kill(Number.parseInt(launcher!, 10), "SIGCONT"); // it finds the orders, and then that nobody is there
  await calls;
  await gone(() => [...stillThere(processes), ...membersOfGroups(pid)]);
});

/** The kernel ends processes in its own time; fails with what is left by then. */
async function gone(left: () => readonly string[]): Promise<void> {
  for (let turn = 0; turn < 3_000 && left().length > 0; turn++) await delay(20);
  assert.deepEqual(left(), []);
}
