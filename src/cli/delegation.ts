// An ordinary user may make control groups only where systemd has delegated some: `start` then runs itself again in a scope of the user's own
// systemd. The process stays the same one to its parent and to signals, since it is replaced and not forked.

import { execFile } from "node:child_process";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Config, Environment } from "../config.ts";
import { isExecutable } from "../lib/executable.ts";
import { type GroupLimit, limitsWithoutGroup } from "../sandbox/group-limits.ts";

/** Says to the second run that it is one: whatever it finds, there is no third. */
export const MARK = "LAMBENT_IN_SCOPE";
const TRIAL_MS_MAX = 5_000;
const SCOPE = ["--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes", "--description=lambent"];
/** What the kernel lets be limited in the group that this shell is in. */
const LIST_CONTROLLERS = 'cat "/sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/cgroup.controllers"';

export interface DelegationFacts {
  readonly isLinux: boolean;
  readonly isRoot: boolean;
  readonly sandbox: Config["sandbox"];
  /** It runs in a scope of its own already. */
  readonly isInScope: boolean;
  /** Path of systemd-run. */
  readonly systemdRun: string | undefined;
  /** Limits that no control group enforces as things stand; asked only where it matters. */
  readonly missing: () => Promise<readonly GroupLimit[]>;
  /** Tries a scope: the controllers in it, or why there is none. */
  readonly tryScope: (systemdRun: string) => Promise<{ readonly controllers: readonly string[] } | { readonly because: string }>;
}

export type Delegation =
  | { readonly kind: "unneeded" }
  | { readonly kind: "possible"; readonly systemdRun: string; readonly gained: readonly GroupLimit[] }
  | { readonly kind: "impossible"; readonly missing: readonly GroupLimit[]; readonly because: string };

/** Root makes its groups itself, and plain processes have none. */
export async function decideDelegation(facts: DelegationFacts): Promise<Delegation> {
  if (!facts.isLinux || facts.isRoot || facts.sandbox === "process") return { kind: "unneeded" };
  const missing = await facts.missing();
  if (missing.length === 0) return { kind: "unneeded" };
  if (facts.isInScope) return { kind: "impossible", missing, because: "systemd's scope does not have them either" };
  if (facts.systemdRun === undefined) return { kind: "impossible", missing, because: "systemd-run is not installed" };
  const scope = await facts.tryScope(facts.systemdRun);
  if ("because" in scope) return { kind: "impossible", missing, because: scope.because };
  const gained = missing.filter((limit) => limit === "freeze" || scope.controllers.includes(limit)); // v2 freezes without a controller
  if (gained.length === 0) return { kind: "impossible", missing, because: "this user's systemd has no controllers to delegate" };
  return { kind: "possible", systemdRun: facts.systemdRun, gained };
}

export function delegationFacts(sandbox: Config["sandbox"], environment: Environment): DelegationFacts {
  return {
    isLinux: process.platform === "linux",
    isRoot: process.getuid?.() === 0,
    sandbox,
    isInScope: environment[MARK] !== undefined,
    systemdRun: findProgram("systemd-run", environment["PATH"] ?? ""),
    missing: limitsWithoutGroup,
    tryScope,
  };
}

/** Does not return where a scope helps: the program begins again in it. */
export async function enterScope(sandbox: Config["sandbox"], environment: Environment): Promise<void> {
  const decision = await decideDelegation(delegationFacts(sandbox, environment));
  if (decision.kind !== "possible" || process.execve === undefined) return;
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  process.removeAllListeners("warning"); // execve is called experimental, which is nothing to tell a user
  process.execve(decision.systemdRun, [decision.systemdRun, ...SCOPE, "--", ...again], { ...environment, [MARK]: "1" });
}

async function tryScope(systemdRun: string): Promise<{ controllers: readonly string[] } | { because: string }> {
  try {
    const { stdout } = await promisify(execFile)(systemdRun, [...SCOPE, "--", "sh", "-c", LIST_CONTROLLERS], { timeout: TRIAL_MS_MAX });
    return { controllers: stdout.trim().split(/\s+/) };
  } catch (error) {
    const said = String((error as { stderr?: unknown }).stderr ?? "").trim();
    return { because: `systemd makes no scope for this user${said === "" ? "" : ` (${said.split("\n")[0]})`}` };
  }
}

function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}
