// What a server has on this machine beside files: processes and control groups. Found by looking, not by asking it.

import { globSync, readdirSync, readFileSync } from "node:fs";
import { parseHierarchies } from "../../src/sandbox/cgroups.ts";

/** A pid and its start time: the pid alone may be somebody else's by now. */
export type ProcessKey = string;

/** Everything below a process, itself included, with what each one is: "12345 stem". */
export function descendantsOf(pid: number): ReadonlyMap<ProcessKey, string> {
  const rows = processes();
  const found = new Map<ProcessKey, string>();
  const visit = (at: number) => {
    for (const row of rows) {
      if (row.pid === at) found.set(row.key, `${row.pid} ${row.name}`);
      if (row.parent === at) visit(row.pid);
    }
  };
  visit(pid);
  return found;
}

/** Those of them that are still there; one that has ended and is only not yet asked after does not count. */
export function stillThere(known: ReadonlyMap<ProcessKey, string>): string[] {
  const now = new Set(processes().flatMap((row) => (row.state === "Z" ? [] : [row.key])));
  return [...known].flatMap(([key, what]) => (now.has(key) ? [what] : []));
}

/** Folders of control groups that a server has made, in every hierarchy. */
export function groupsOf(pid: number): string[] {
  const hierarchies = parseHierarchies(readFileSync("/proc/self/cgroup", "utf8"), readFileSync("/proc/self/mountinfo", "utf8"));
  const parents = new Set(hierarchies.flatMap(({ folder, mountPoint }) => [folder, mountPoint]));
  return [...parents].flatMap((parent) => globSync(`${parent}/lambent-${pid}-*`));
}

/** Processes in any of a server's control groups, whoever their parent is now. */
export function membersOfGroups(pid: number): string[] {
  const isMember = (each: string) => readOr(`/proc/${each}/cgroup`).includes(`/lambent-${pid}-`);
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isMember(name));
}

interface Row {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly state: string;
  readonly key: ProcessKey;
}

function processes(): readonly Row[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => rowOf(Number(name), readOr(`/proc/${name}/stat`)));
}

/** "12 (na me) S 1 …": the name may hold anything, the rest are numbers. */
function rowOf(pid: number, stat: string): Row[] {
  if (stat === "") return [];
  const [from, to] = [stat.indexOf("("), stat.lastIndexOf(")")];
  const fields = stat.slice(to + 2).split(" ");
  return [{ pid, parent: Number(fields[1]), name: stat.slice(from + 1, to), state: fields[0]!, key: `${pid}@${fields[19]}` }];
}

function readOr(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
