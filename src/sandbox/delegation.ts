// How an ordinary user gets control groups of his own: by starting again inside a scope that systemd delegates to him.

import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { type Hierarchy, parseHierarchies } from "./cgroups.ts";

export interface DelegationFacts {
  readonly uid: number;
  readonly hierarchies: readonly Hierarchy[];
  /** Whether the own group's folder may be written. */
  readonly ownsGroup: boolean;
  /** systemd of this user answers. */
  readonly hasUserManager: boolean;
  readonly systemdRun: string | undefined;
}

/**
 * argv to put before this program's own, after which limits are enforced; undefined where it would not help: for root, where it was done
 * already, on v1, without systemd.
 */
export function delegationCommand(facts: DelegationFacts): readonly string[] | undefined {
  const isUnified = facts.hierarchies.every((each) => each.version === 2) && facts.hierarchies.length > 0;
  if (facts.uid === 0 || facts.ownsGroup || !isUnified || !facts.hasUserManager || facts.systemdRun === undefined) return undefined;
  return [facts.systemdRun, "--user", "--scope", "--quiet", "--collect", "--property=Delegate=yes", "--"];
}

export function delegationFacts(): DelegationFacts {
  const uid = process.getuid?.() ?? 0;
  const hierarchies = process.platform === "linux" ? ownHierarchies() : [];
  return {
    uid,
    hierarchies,
    ownsGroup: hierarchies.some(({ folder }) => isWritable(folder)),
    hasUserManager: existsSync(`/run/user/${uid}/systemd/private`),
    systemdRun: ["/usr/bin/systemd-run", "/bin/systemd-run"].find((file) => existsSync(file)),
  };
}

function ownHierarchies(): Hierarchy[] {
  return parseHierarchies(readFileSync("/proc/self/cgroup", "utf8"), readFileSync("/proc/self/mountinfo", "utf8"));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
