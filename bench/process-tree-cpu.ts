// CPU that a process and all that descend from it have used, from /proc: what a bench divides by its number of operations.

import { readdirSync, readFileSync } from "node:fs";

interface Row {
  readonly parent: number;
  readonly cpuUs: number;
}

/** USER_HZ is 100 on every Linux that matters. */
const US_PER_TICK = 10_000;

/** Of living processes only, with what their ended children left them. `root` is the process alone. */
export function cpuUsOfTree(pid: number): { readonly tree: number; readonly root: number } {
  const rows = new Map<number, Row>();
  for (const name of readdirSync("/proc")) if (/^\d+$/.test(name)) addRow(rows, Number(name));
  let tree = 0;
  for (const [each, row] of rows) if (descends(rows, each, pid)) tree += row.cpuUs;
  return { tree, root: rows.get(pid)?.cpuUs ?? 0 };
}

function addRow(rows: Map<number, Row>, pid: number): void {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [user = 0, system = 0] = fields.slice(11, 13).map(Number);
    rows.set(pid, { parent: Number(fields[1]), cpuUs: (user + system) * US_PER_TICK });
  } catch {
    // it ended while we looked
  }
}

function descends(rows: ReadonlyMap<number, Row>, pid: number, from: number): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = rows.get(at)?.parent) if (at === from) return true;
  return false;
}
