// One runtime process and all that came of it, without namespaces: found by descent, by process group and by a mark in the environment.
// Not held: a process that leaves its group, loses its parent *and* clears its environment. Only namespaces can keep that one.

import { readFile } from "node:fs/promises";
import { familyOf, type ProcessRow, readProcessTable } from "./process-table.ts";

const KILL_WITHIN_MS = 5_000;

export interface Tree {
  /** Leader of its own process group and session. */
  readonly root: number;
  /** NAME=value, in the environment of every process that did not clear it. */
  readonly mark: string;
  /** True until the root was reaped: from then on its number may belong to a stranger. */
  rootLives: boolean;
}

/** Those that one look at the process table shows: enough to measure and to stop. */
export async function membersOf(tree: Tree): Promise<ProcessRow[]> {
  const rows = await livingRows();
  return familyOf(rootsOf(tree, rows), rows);
}

/** Reads the environment of every process of the machine besides: for killing, where nobody may be missed. */
async function allMembersOf(tree: Tree): Promise<ProcessRow[]> {
  const rows = await livingRows();
  const roots = rootsOf(tree, rows);
  if (process.platform === "linux") for (const pid of await marked(tree.mark, rows)) roots.add(pid);
  return familyOf(roots, rows);
}

async function livingRows(): Promise<ProcessRow[]> {
  return (await readProcessTable()).filter((row) => !row.isZombie && row.pid !== process.pid);
}

function rootsOf(tree: Tree, rows: readonly ProcessRow[]): Set<number> {
  const trustsNumbers = tree.rootLives || process.platform !== "linux";
  const isOurs = (row: ProcessRow) => trustsNumbers && [row.pid, row.group, row.session].includes(tree.root);
  return new Set(rows.filter(isOurs).map((row) => row.pid));
}

async function marked(mark: string, rows: readonly ProcessRow[]): Promise<number[]> {
  const carries = async (row: ProcessRow) => {
    const variables = await readFile(`/proc/${row.pid}/environ`, "latin1").catch(() => "");
    return `\0${variables}`.includes(`\0${mark}\0`) ? [row.pid] : [];
  };
  return (await Promise.all(rows.map(carries))).flat();
}

/** Repeats until nothing is found, since a tree may fork while it is being killed. Answers how many are left. */
export async function killTree(tree: Tree): Promise<number> {
  let until = Number.POSITIVE_INFINITY; // from the first signal on: on a loaded machine it may take seconds to find the members
  for (;;) {
    const members = await allMembersOf(tree);
    if (members.length === 0 || performance.now() > until) return members.length;
    for (const member of members) send(member.pid, "SIGKILL");
    until = Math.min(until, performance.now() + KILL_WITHIN_MS);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export async function signalTree(tree: Tree, signal: NodeJS.Signals): Promise<void> {
  for (const member of await membersOf(tree)) send(member.pid, signal);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // gone by itself, or handed its rights away (setuid): the count of what is left tells
  }
}
