// Nothing stays behind: not after a sandbox, not after the driver, not after a supervisor that was killed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { buildStem } from "../../src/sandbox/build-stem.ts";
import { parseHierarchies } from "../../src/sandbox/cgroups.ts";
import { StemDriver } from "../../src/sandbox/stem.ts";
import { driversHere, PATIENCE, plainShape, processesWith, Run, until } from "./sandbox-harness.ts";

/** Folders of groups that belong to a process, in every hierarchy. */
function groupsOf(pid: number): string[] {
  const hierarchies = parseHierarchies(readFileSync("/proc/self/cgroup", "utf8"), readFileSync("/proc/self/mountinfo", "utf8"));
  return hierarchies.flatMap(({ folder }) => globSync(`${folder}/lambent-${pid}-*`).flatMap((base) => [base, ...globSync(`${base}/*/`)]));
}

/** Where there are groups, the launcher soon has those of the sandbox that will be made next, with a process in them. */
async function nextIsExpected(driver: string): Promise<void> {
  const hasGroups = groupsOf(process.pid).length > 0;
  if (hasGroups && driver.startsWith("stem")) await until(() => groupsOf(process.pid).some((folder) => /lambent-[^/]*\/\d+$/.test(folder)));
}

const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;
const isLinux = process.platform === "linux";

describe("what sandboxes leave behind", { ...PATIENCE, skip: !isLinux }, () => {
  for (const tested of driversHere) {
    it(`${tested.name}: no process, mount, group or descriptor`, async () => {
      const mountsBefore = readFileSync("/proc/self/mountinfo", "utf8");
      const mark = `4${Date.now()}`;
      const driver = await tested.open();
      await (await Run.start(driver, "true")).stop();
      await nextIsExpected(tested.name);
      const before = { descriptors: descriptors(process.pid), groups: groupsOf(process.pid).length };
      const runs = await Promise.all(
        Array.from({ length: 10 }, () =>
          Run.start(driver, `exec 3<>/dev/tcp/$RUNTIME; setsid sleep ${mark} & echo ready; exec sleep ${mark}`),
        ),
      );
      await Promise.all(runs.map((run) => run.printed(/ready/)));
      await runs[0]!.sandbox.freeze();
      await Promise.all(runs.map((run) => run.stop()));
      await until(() => descriptors(process.pid) <= before.descriptors);
      assert.deepEqual(processesWith(mark), []);
      await until(() => groupsOf(process.pid).length === before.groups);
      await driver.close();
      assert.deepEqual(groupsOf(process.pid), []);
      assert.equal(readFileSync("/proc/self/mountinfo", "utf8"), mountsBefore);
    });
  }

  it("the launcher keeps no descriptor of sandboxes that ended", async () => {
    const driver = await StemDriver.open({ stemFile: await buildStem() });
    await (await Run.start(driver, "true")).stop();
    await nextIsExpected("stem");
    const [server] = childrenOf(process.pid);
    const before = descriptors(server!);
    for (let round = 0; round < 10; round += 1) await (await Run.start(driver, "true")).stop();
    await until(() => descriptors(server!) <= before); // it says that a sandbox is gone before it lets go of the last one
    await driver.close();
  });

  it("what waits for the next sandbox may die: the next one is made without it", async (test) => {
    const driver = await StemDriver.open({ stemFile: await buildStem() });
    await (await Run.start(driver, "true")).stop();
    await nextIsExpected("stem");
    const waiting = groupsOf(process.pid).find((folder) => /\/\d+$/.test(folder));
    if (waiting === undefined) test.skip("no control groups here");
    else {
      await until(() => readFileSync(`${waiting}/cgroup.procs`, "utf8") !== "");
      process.kill(Number(readFileSync(`${waiting}/cgroup.procs`, "utf8")), "SIGKILL");
      await until(() => !existsSync(waiting));
    }
    const run = await Run.start(driver, "echo ready; exec sleep 1000");
    await run.printed(/ready/);
    await run.stop();
    await driver.close();
    assert.deepEqual(groupsOf(process.pid), []);
  });

  it("driver.close() ends what runs and what waits", async () => {
    const mark = `3${Date.now()}`;
    const driver = await StemDriver.open({ stemFile: await buildStem() });
    const run = await Run.start(driver, `echo ready; exec sleep ${mark}`);
    await run.printed(/ready/);
    await driver.prepare({ ...plainShape, early: ["/bin/sleep", mark] });
    await driver.close();
    assert.equal((await run.sandbox.gone).kind, "signal");
    assert.deepEqual([processesWith(mark), groupsOf(process.pid)], [[], []]);
  });

  for (const victim of ["supervisor", "launcher"] as const) {
    it(`a ${victim} that is killed leaves no process and no group`, async (t) => {
      const mark = `2${Date.now()}`;
      const child = spawn(process.execPath, [fileURLToPath(new URL("./sandbox-victim.ts", import.meta.url)), mark], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      t.after(() => child.kill("SIGKILL"));
      await once(child.stdout, "data");
      assert.ok(processesWith(mark).length >= 3, "its sandboxes run");
      process.kill(victim === "supervisor" ? child.pid! : childrenOf(child.pid!)[0]!, "SIGKILL");
      await until(() => processesWith(`sleep ${mark}`).length === 0);
      if (victim === "launcher") child.kill("SIGTERM");
      await until(() => groupsOf(child.pid!).every((folder) => /lambent-[^/]*$/.test(folder)));
      // the base of a killed supervisor stays until the next start sweeps it
      const driver = await StemDriver.open({ stemFile: await buildStem() });
      await driver.close();
      assert.deepEqual(groupsOf(child.pid!), []);
    });
  }

  it("a launcher that is killed is replaced, and its sandboxes are reported gone", async () => {
    const driver = await StemDriver.open({ stemFile: await buildStem() });
    const run = await Run.start(driver, "echo ready; exec sleep 1000");
    await run.printed(/ready/);
    process.kill(childrenOf(process.pid)[0]!, "SIGKILL");
    assert.equal((await run.sandbox.gone).kind, "signal");
    const next = await Run.start(driver, "echo again; exec sleep 1000");
    await next.printed(/again/);
    await next.stop();
    await driver.close();
    assert.deepEqual(groupsOf(process.pid), []);
  });

  it("500 sandboxes at once start, answer and end", async () => {
    const driver = await StemDriver.open({ stemFile: await buildStem() });
    const mark = `1${Date.now()}`;
    const shape = { ...plainShape, listeners: [...plainShape.listeners, { name: "endpoint", port: 4566 }] };
    let connections = 0;
    const accept = () => (connections += 1);
    const runs = await Promise.all(
      Array.from({ length: 500 }, () => Run.start(driver, `exec 3<>/dev/tcp/$RUNTIME; exec sleep ${mark}`, { shape, accept })),
    );
    await until(() => connections === 500);
    await Promise.all(runs.map((run) => run.stop()));
    await driver.close();
    assert.deepEqual([processesWith(mark), groupsOf(process.pid)], [[], []]);
  });
});

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  const all = existsSync(file) ? readFileSync(file, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
  return all.filter((child) => readFileSync(`/proc/${child}/comm`, "utf8").trim() === "stem");
}
