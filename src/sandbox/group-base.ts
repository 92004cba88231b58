// The folder, in each control group hierarchy, below which this process makes the groups of its sandboxes; and the sweep of what
// a killed predecessor left.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Hierarchy, parseHierarchies } from "./cgroups.ts";
import { familyOf, type ProcessRow } from "./process-table.ts";

const V1_WANTED = ["memory", "cpu", "cpuacct", "pids", "freezer"];
const V2_WANTED = ["memory", "cpu", "pids"];
/** lambent-PID-START-RANDOM: by its start time a process is told apart from a later one of the same number; it may have several drivers. */
const BASE_NAME = /^lambent-(\d+)-(\d+)-[0-9a-f]+$/;

export interface Base {
  readonly hierarchy: Hierarchy;
  readonly folder: string;
}

/** Makes the bases that can be made. `because` has a sentence for each hierarchy that could not be used. */
export function openBases(table: readonly ProcessRow[]): { bases: Base[]; because: string[] } {
  const hierarchies = parseHierarchies(readFileSync("/proc/self/cgroup", "utf8"), readFileSync("/proc/self/mountinfo", "utf8"));
  const name = `lambent-${process.pid}-${startTimeOf(process.pid)}-${randomBytes(3).toString("hex")}`;
  const bases: Base[] = [];
  const because = new Set<string>();
  for (const hierarchy of hierarchies) {
    if (hierarchy.version === 1 && !hierarchy.controllers.some((controller) => V1_WANTED.includes(controller))) continue;
    try {
      bases.push(hierarchy.version === 2 ? openV2(hierarchy, name, table) : openIn(hierarchy, hierarchy.folder, name));
    } catch (error) {
      because.add(sentence((error as NodeJS.ErrnoException).code ?? String(error)));
    }
  }
  return { bases, because: [...because] };
}

function sentence(code: string): string {
  if (code === "EACCES" || code === "EPERM") return "this user may not make control groups";
  return code === "EROFS" ? "control groups are read-only here" : `control groups cannot be made: ${code}`;
}

function openIn(hierarchy: Hierarchy, parent: string, name: string): Base {
  sweep(parent);
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true });
  return { hierarchy, folder };
}

/**
 * v2 lets a group have either processes or controllers for its children. Where our own group has processes, they move to a leaf of it,
 * if all of them are our ancestors or ours; otherwise root makes its groups at the top, which has no such rule.
 */
function openV2(hierarchy: Hierarchy, name: string, table: readonly ProcessRow[]): Base {
  const own = hierarchy.folder;
  const isRealRoot = !existsSync(join(hierarchy.mountPoint, "cgroup.type"));
  const parent =
    own !== hierarchy.mountPoint && !mayEmpty(own, table) && isRealRoot && process.getuid?.() === 0 ? hierarchy.mountPoint : own;
  const controllers = enableControllers(parent, () => mayEmpty(parent, table));
  const base = openIn({ ...hierarchy, controllers }, parent, name);
  if (controllers.length > 0) writeFileSync(join(base.folder, "cgroup.subtree_control"), plus(controllers));
  return base;
}

function enableControllers(folder: string, mayMove: () => boolean): string[] {
  const available = readFileSync(join(folder, "cgroup.controllers"), "utf8").trim().split(" ");
  const wanted = V2_WANTED.filter((controller) => available.includes(controller));
  if (wanted.length === 0) return [];
  const file = join(folder, "cgroup.subtree_control");
  try {
    writeFileSync(file, plus(wanted));
  } catch (error) {
    const isBusy = (error as NodeJS.ErrnoException).code === "EBUSY";
    if (!isBusy || !mayMove()) return []; // still good for freezing, which needs no controller
    moveToLeaf(folder);
    writeFileSync(file, plus(wanted));
  }
  return wanted;
}

const plus = (controllers: readonly string[]) => controllers.map((controller) => `+${controller}`).join(" ");

function mayEmpty(folder: string, table: readonly ProcessRow[]): boolean {
  const parents = new Map(table.map((row) => [row.pid, row.parent]));
  const ours = new Set(familyOf(new Set([process.pid]), table).map((row) => row.pid));
  for (let pid: number | undefined = process.pid; pid !== undefined && pid > 1; pid = parents.get(pid)) ours.add(pid);
  return pidsIn(folder).every((pid) => ours.has(pid));
}

function moveToLeaf(folder: string): void {
  const leaf = join(folder, "supervisor");
  mkdirSync(leaf, { recursive: true });
  for (const pid of pidsIn(folder)) writeFileSync(join(leaf, "cgroup.procs"), String(pid));
}

function pidsIn(folder: string): number[] {
  return readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
}

/** Ends and removes the groups whose program is no longer there: killed at a moment when nothing of it could tidy up. */
export function sweep(parent: string): void {
  for (const name of foldersIn(parent)) {
    const [, pid, start] = BASE_NAME.exec(name) ?? [];
    if (pid !== undefined && startTimeOf(Number(pid)) !== start) removeTree(join(parent, name));
  }
}

export function removeChildren(folder: string): void {
  for (const name of foldersIn(folder)) removeTree(join(folder, name));
}

export function removeTree(folder: string): void {
  removeChildren(folder);
  try {
    if (existsSync(join(folder, "freezer.state"))) writeFileSync(join(folder, "freezer.state"), "THAWED");
    for (const pid of pidsIn(folder)) process.kill(pid, "SIGKILL");
    rmdirSync(folder);
  } catch {
    // somebody's process has not left yet: the next start tries again
  }
}

function foldersIn(parent: string): string[] {
  try {
    return readdirSync(parent, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

/** Field 22 of /proc/PID/stat, in ticks since boot; undefined when there is no such process. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[22 - 3];
  } catch {
    return undefined;
  }
}
