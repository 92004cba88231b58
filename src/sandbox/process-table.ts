// What processes there are, and which of them belong to a sandbox: /proc on Linux, ps elsewhere. Reads only; killing is process-tree.ts's.

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";

export interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly residentBytes: number;
  readonly cpuUs: number;
  /** Dead, waiting for its parent: nothing to kill. */
  readonly isZombie: boolean;
}

const PAGE_BYTES = 4096;
const TICK_US = 10_000; // USER_HZ is 100 on every architecture that Node runs on

export function readProcessTable(): Promise<ProcessRow[]> {
  return process.platform === "linux" ? readProc() : readPs();
}

/** So many are read, in less than a millisecond, before others have their turn. */
const READ_AT_ONCE = 50;

/** At once, since the kernel makes these files as they are read; and readFile takes 64 KiB for each file whose size it is not told. */
async function readProc(): Promise<ProcessRow[]> {
  const rows: ProcessRow[] = [];
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  for (const [index, pid] of pids.entries()) {
    const row = readRow(pid);
    if (row !== undefined) rows.push(row);
    if (index % READ_AT_ONCE === READ_AT_ONCE - 1) await turn();
  }
  return rows;
}

function readRow(pid: string): ProcessRow | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined; // it ended while we looked
  }
}

/** One line of /proc/PID/stat. The command name stands in parentheses and may itself hold spaces and parentheses. */
export function parseStat(line: string): ProcessRow | undefined {
  const end = line.lastIndexOf(")");
  const rest = line.slice(end + 2).split(" ");
  if (end < 0 || rest.length < 22) return undefined;
  const field = (n: number) => Number(rest[n - 3]); // numbered as in proc(5), where the state is field 3
  return {
    pid: Number.parseInt(line, 10),
    parent: field(4),
    group: field(5),
    session: field(6),
    residentBytes: field(24) * PAGE_BYTES,
    cpuUs: (field(14) + field(15)) * TICK_US,
    isZombie: rest[0] === "Z" || rest[0] === "X",
  };
}

async function readPs(): Promise<ProcessRow[]> {
  const { stdout } = await promisify(execFile)("ps", ["-axo", "pid=,ppid=,pgid=,sess=,rss=,time=,stat="], { maxBuffer: 16 << 20 });
  return stdout
    .split("\n")
    .map(parsePsLine)
    .filter((row) => row !== undefined);
}

/** "  501   1   501   0   2048   0:01.25 Ss": rss in kB, time as [[h:]m:]s. */
export function parsePsLine(line: string): ProcessRow | undefined {
  const [pid, parent, group, session, residentKb, time, state] = line.trim().split(/\s+/);
  if (time === undefined || state === undefined) return undefined;
  const seconds = time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return {
    pid: Number(pid),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    residentBytes: Number(residentKb) * 1024,
    cpuUs: Math.round(seconds * 1e6),
    isZombie: state.startsWith("Z"),
  };
}

/** `roots` and all that descends from them. */
export function familyOf(roots: ReadonlySet<number>, table: readonly ProcessRow[]): ProcessRow[] {
  const children = Map.groupBy(table, (row) => row.parent);
  const family = new Map<number, ProcessRow>();
  const visit = (row: ProcessRow) => {
    if (family.has(row.pid)) return;
    family.set(row.pid, row);
    for (const child of children.get(row.pid) ?? []) visit(child);
  };
  for (const row of table) if (roots.has(row.pid)) visit(row);
  return [...family.values()];
}
