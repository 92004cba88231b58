// Whether `start` runs itself again in a scope of systemd's. There is none on most test machines: the decision is tried with facts, the second
// run with a program that stands in for systemd-run and only does what it is told to run.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { type DelegationFacts, decideDelegation, MARK } from "../../src/cli/delegation.ts";
import { groupFindingOf } from "../../src/cli/doctor/sandboxes.ts";
import { packageRoot } from "../../src/lib/sibling.ts";
import { buildStem } from "../../src/sandbox/build-stem.ts";
import { limitsWithoutGroup } from "../../src/sandbox/group-limits.ts";

const ordinary: DelegationFacts = {
  isLinux: true,
  isRoot: false,
  sandbox: "auto",
  isInScope: false,
  systemdRun: "/usr/bin/systemd-run",
  missing: async () => ["memory", "cpu", "pids"],
  tryScope: async () => ({ controllers: ["cpu", "memory", "pids"] }),
};
const decide = (changes: Partial<DelegationFacts>) => decideDelegation({ ...ordinary, ...changes });
const untouched = { missing: () => assert.fail("looked for groups"), tryScope: () => assert.fail("tried a scope") };

test("an ordinary user without groups gets them from systemd, and doctor says so", async () => {
  const decision = await decide({});
  assert.deepEqual(decision, { kind: "possible", systemdRun: "/usr/bin/systemd-run", gained: ["memory", "cpu", "pids"] });
  assert.match(groupFindingOf(decision)!.words, /memory, cpu, pids in a scope/);
});

for (const [who, changes] of [
  ["root", { isRoot: true }],
  ["plain processes", { sandbox: "process" }],
  ["macOS", { isLinux: false }],
] as const) {
  test(`${who} is not asked`, async () => {
    assert.deepEqual(await decide({ ...untouched, ...changes }), { kind: "unneeded" });
  });
}

test("whoever has all limits stays where it is", async () => {
  const decision = await decide({ ...untouched, missing: async () => [] });
  assert.deepEqual(decision, { kind: "unneeded" });
  assert.equal(groupFindingOf(decision), undefined);
});

test("a second run is the last, whatever it finds", async () => {
  assert.equal((await decide({ isInScope: true, tryScope: untouched.tryScope })).kind, "impossible");
});

test("without systemd, without its scope or without controllers there is none, and doctor says why", async () => {
  const cases = [
    [{ systemdRun: undefined }, /not installed/],
    [{ tryScope: async () => ({ because: "no bus" }) }, /no bus/],
    [{ tryScope: async () => ({ controllers: ["io"] }) }, /no controllers/],
  ] as const;
  for (const [changes, words] of cases) {
    const finding = groupFindingOf(await decide(changes));
    assert.equal(finding?.level, "note");
    assert.match(finding!.words, /^none for memory, cpu, pids: /);
    assert.match(finding!.words, words);
  }
});

test("only what the scope adds is counted", async () => {
  const decision = await decide({ tryScope: async () => ({ controllers: ["memory"] }) });
  assert.deepEqual(decision.kind === "possible" && decision.gained, ["memory"]);
});

/** Notes how it was called; of a shell's question it knows the answer, everything else it becomes. */
const STAND_IN = `#!/bin/sh
echo "$@" >> "$0.calls"
while [ "$1" != -- ]; do shift; done
shift
[ "$1" = sh ] && exec echo memory cpu pids
exec "$@"
`;
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const hasGroups = process.platform === "linux" && !isRoot && (await limitsWithoutGroup()).length === 0;
const skip = process.platform !== "linux" ? "needs Linux" : hasGroups ? "this user has control groups" : false;

test("start becomes systemd-run's child once, as the same process, and serves", { skip, timeout: 240_000 }, async (t) => {
  await buildStem(); // that user could not write it
  const home = await mkdtemp(join(tmpdir(), "lambent-scope-"));
  const systemdRun = join(home, "systemd-run");
  await writeFile(systemdRun, STAND_IN, { mode: 0o755 });
  if (isRoot) await chown(home, NOBODY, NOBODY);
  const args = [join(packageRoot, "src/main.ts"), "start", "--port", "0", "--json", "--data", join(home, "data"), "--sandbox", "stem"];
  const env = { PATH: `${home}:/usr/local/bin:/usr/bin:/bin`, HOME: home, TMPDIR: home };
  const child = spawn(process.execPath, args, {
    cwd: home,
    env,
    stdio: ["ignore", "pipe", "inherit"],
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { pid, endpoint } = JSON.parse(line) as { pid: number; endpoint: string };
  assert.equal(pid, child.pid);
  assert.match(await readFile(`/proc/${pid}/environ`, "latin1"), new RegExp(`${MARK}=1`));
  assert.equal((await fetch(`${endpoint}/_lambent/health`)).status, 200);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "exit"), [0, null]);
  const calls = (await readFile(`${systemdRun}.calls`, "utf8")).trim().split("\n");
  assert.equal(calls.length, 2, "the trial and the start");
  for (const call of calls) assert.match(call, /^--user --scope .*--property=Delegate=yes/);
  assert.match(calls[1]!, /main\.ts start --port 0 --json/);
  await rm(home, { recursive: true, force: true });
});
