// Why namespaces cannot be made here, and what a person can do about it. Pure: what was found goes in, a sentence comes out.

import { existsSync, readFileSync } from "node:fs";

export interface HostFacts {
  readonly isRoot: boolean;
  /** kernel.apparmor_restrict_unprivileged_userns (Ubuntu 23.10 and later). */
  readonly appArmorRestricts: boolean;
  /** kernel.unprivileged_userns_clone = 0 (old Debian). */
  readonly cloneForbidden: boolean;
  /** user.max_user_namespaces = 0. */
  readonly noUserNamespaces: boolean;
  readonly container: "docker" | "kubernetes" | undefined;
  /** "6.18.44". */
  readonly kernel: string;
}

export function hostFacts(): HostFacts {
  return {
    isRoot: process.getuid?.() === 0,
    appArmorRestricts: read("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === "1",
    cloneForbidden: read("/proc/sys/kernel/unprivileged_userns_clone") === "0",
    noUserNamespaces: read("/proc/sys/user/max_user_namespaces") === "0",
    container: containerKind(),
    kernel: read("/proc/sys/kernel/osrelease"),
  };
}

/** One sentence on what to do, for the first of the known causes that holds here. */
export function remedyFor(facts: HostFacts): string {
  if (isOlder(facts.kernel, [5, 12])) return `Linux ${facts.kernel} is too old: 5.12 or later is needed.`;
  if (facts.noUserNamespaces) return "User namespaces are switched off: sudo sysctl -w user.max_user_namespaces=15000";
  if (facts.cloneForbidden && !facts.isRoot) return "User namespaces are for root only: sudo sysctl -w kernel.unprivileged_userns_clone=1";
  if (facts.appArmorRestricts && !facts.isRoot) return "AppArmor restricts user namespaces: sudo lambent doctor --fix";
  if (facts.container === "kubernetes") {
    return "The pod forbids it: set securityContext.seccompProfile.type Unconfined and procMount Unmasked (with hostUsers: false).";
  }
  if (facts.container === "docker") {
    return "The container forbids it: run it with --security-opt seccomp=unconfined --security-opt systempaths=unconfined.";
  }
  return "This system does not let this user make namespaces.";
}

export function isOlder(release: string, [major, minor]: readonly [number, number]): boolean {
  const [foundMajor = 0, foundMinor = 0] = release.split(".").map((part) => Number.parseInt(part, 10));
  return foundMajor < major || (foundMajor === major && foundMinor < minor);
}

function containerKind(): HostFacts["container"] {
  if (existsSync("/var/run/secrets/kubernetes.io")) return "kubernetes";
  return existsSync("/.dockerenv") || existsSync("/run/.containerenv") ? "docker" : undefined;
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
