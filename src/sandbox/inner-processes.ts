// The processes below pid 1 of a sandbox, for users who may not make control groups: use, freezing and killing one process at a time.
// Complete, since inside a pid namespace an orphan becomes pid 1's child. Slower than groups, and memory is only looked at now and then.

import { readdirSync, readFileSync } from "node:fs";
import { parseStat } from "./process-table.ts";
import type { Usage } from "./sandbox.ts";

/** A tree may fork while it is being stopped; each pass sees what the one before left running. */
const STOP_PASSES_MAX = 20;

/** Pids below `init`, without it. */
export function processesBelow(init: number): number[] {
  const found: number[] = [];
  const waiting = childrenOf(init);
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    found.push(pid);
    waiting.push(...childrenOf(pid));
  }
  return found;
}

/** Shared pages count once for each process: for several processes it is more than a group would say. */
export function usageBelow(init: number): Usage {
  const usage = { memoryBytes: 0, memoryPeakBytes: 0, cpuUs: 0 };
  for (const pid of processesBelow(init)) {
    const status = read(`/proc/${pid}/status`);
    usage.memoryBytes += kilobytes(status, "VmRSS");
    usage.memoryPeakBytes += kilobytes(status, "VmHWM");
    usage.cpuUs += parseStat(read(`/proc/${pid}/stat`))?.cpuUs ?? 0;
  }
  return usage;
}

export function freezeBelow(init: number): void {
  for (let pass = 0; pass < STOP_PASSES_MAX; pass += 1) {
    const running = processesBelow(init).filter((pid) => !isStopped(pid));
    if (running.length === 0) return;
    for (const pid of running) send(pid, "SIGSTOP");
  }
}

export function thawBelow(init: number): void {
  for (const pid of processesBelow(init)) send(pid, "SIGCONT");
}

export function killBelow(init: number): void {
  for (const pid of processesBelow(init)) send(pid, "SIGKILL");
}

/** Of all its threads: a child belongs to the thread that forked it. */
function childrenOf(pid: number): number[] {
  return threadsOf(pid).flatMap((thread) => read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number));
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function isStopped(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return "TtZX".includes(stat.charAt(stat.lastIndexOf(")") + 2));
}

function kilobytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) * 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return ""; // it ended this moment
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended this moment
  }
}
