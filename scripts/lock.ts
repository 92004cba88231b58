// One maker at a time: several test files may ask for the same venv or binary at once, each from a process of its own.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const POLL_MS = 100;
const WAIT_MS_MAX = 600_000;

/** Runs `work` while holding the directory `path` as a lock; one whose holder died is taken over. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const startedMs = Date.now();
  while (!(await take(path))) {
    if (Date.now() - startedMs > WAIT_MS_MAX) throw new Error(`${path} has been held for ten minutes. Remove it if nothing is running.`);
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    if (await holderDied(path)) await rm(path, { recursive: true, force: true });
    return false;
  }
  await writeFile(join(path, "pid"), String(process.pid));
  return true;
}

async function holderDied(path: string): Promise<boolean> {
  const pid = Number(await readFile(join(path, "pid"), "utf8").catch(() => "0"));
  if (pid === 0) return false; // just made, its pid is not written yet
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
