// What tests leave running: found by a mark in the environment that every process started below this one inherits, and ended.

import { readdirSync, readFileSync } from "node:fs";

const NAME = "TEST_RUN";
const VALUE = `${process.pid}.${Date.now()}`;

/** Every process that is started from now on carries the mark, however it is detached, unless it is given an environment without it. */
export function markProcesses(): void {
  process.env[NAME] = VALUE;
}

/** Kills what carries the mark. One line for each: its process number and its command. Only Linux tells the environment of others. */
export function endLeftBehind(): readonly string[] {
  if (process.platform !== "linux") return [];
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  return pids.filter(isMarked).map((pid) => {
    const command = read(pid, "cmdline").join(" ").trim();
    kill(Number(pid));
    return `${pid} ${command}`;
  });
}

function isMarked(pid: string): boolean {
  return read(pid, "environ").includes(`${NAME}=${VALUE}`);
}

/** Empty for one that has ended meanwhile or is another user's. */
function read(pid: string, file: "environ" | "cmdline"): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
