// How many open files a server needs at worst, and whether this process may have so many: found out at start, not in the middle of a burst.
// Node has raised the soft limit to the hard one by then; only the hard one counts, and only root may raise it.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Config } from "../config.ts";
import { PlatformError } from "../lib/errors.ts";

export type FileUsers = Pick<Config, "concurrencyMax" | "readyStems" | "expose">;

/** The store's threads, its files, event queues: 51 measured with an idle server and 67 with a busy one; the rest is for callers that wait. */
const BASE = 256;
/** Shapes for which stems are kept ready at a time: some runtimes, in few sizes. */
const SHAPES = 8;

/**
 * An environment that runs holds its listeners (Runtime API, AWS endpoint, each exposed service), its output, its group's memory peak, the
 * runtime's connection, its caller's, and one that the function has made itself (measured: 6 without the last). `stem serve` holds 2 or 3 for each, so this process is first.
 */
export function openFilesNeeded({ concurrencyMax, readyStems, expose }: FileUsers): number {
  return BASE + readyStems * SHAPES * perStem(expose.length) + concurrencyMax * perEnvironment(expose.length);
}

/** The most concurrency that so many open files are enough for; 0 when not even the rest fits. */
export function concurrencyFor(limit: number, users: FileUsers): number {
  const rest = openFilesNeeded({ ...users, concurrencyMax: 0 });
  return Math.max(0, Math.floor((limit - rest) / perEnvironment(users.expose.length)));
}

const perStem = (exposed: number) => 3 + exposed;
const perEnvironment = (exposed: number) => perStem(exposed) + 4;

/** From /proc/PID/limits; undefined where it does not say, or where there is none. */
export function hardLimitOf(limits: string): number | undefined {
  const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(limits) ?? [];
  if (hard === undefined) return undefined;
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}

export async function hardLimit(): Promise<number | undefined> {
  return hardLimitOf(await readFile("/proc/self/limits", "utf8").catch(() => ""));
}

/** Raises the limit where that is allowed. Throws PlatformError too-few-open-files, with the number needed and what to do. */
export async function ensureOpenFiles(users: FileUsers): Promise<void> {
  const needed = openFilesNeeded(users);
  const limit = await hardLimit();
  if (limit === undefined || limit >= needed || (await raisedTo(needed))) return;
  throw new PlatformError("too-few-open-files", tooFew(limit, users));
}

/** What is wrong and what can be done, in a sentence each. */
export function tooFew(limit: number, users: FileUsers): string {
  const { concurrencyMax } = users;
  const fits = concurrencyFor(limit, users);
  const less = fits > 0 ? `, or start with --concurrency ${fits}` : "";
  const need = `${concurrencyMax} concurrent executions need ${openFilesNeeded(users)} open files, and this process may have ${limit}`;
  return `${need}. Raise the hard limit (ulimit -Hn, systemd's LimitNOFILE, docker run --ulimit nofile)${less}.`;
}

/** Root may raise its own limit, unless a container has taken that right (CAP_SYS_RESOURCE). What is started from here on inherits it. */
async function raisedTo(needed: number): Promise<boolean> {
  if (process.getuid?.() !== 0) return false;
  return promisify(execFile)("prlimit", [`--pid=${process.pid}`, `--nofile=${needed}:${needed}`]).then(
    () => true,
    () => false,
  );
}
