// Checks of the machine: Node, cargo, the data directory, the port, open files.

import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Config } from "../../config.ts";
import { readHolder } from "../../store/data-directory.ts";
import { hardLimit, openFilesNeeded, tooFew } from "../open-files.ts";
import { portHolder } from "../port-holder.ts";
import type { Finding } from "./finding.ts";

export async function nodeFinding(): Promise<Finding> {
  return { subject: "node", level: "good", words: `${process.versions.node} on ${process.platform} ${process.arch} (${process.execPath})` };
}

export async function cargoFinding(): Promise<Finding> {
  const { stdout } = await promisify(execFile)("cargo", ["--version"]).catch(() => ({ stdout: "" }));
  if (stdout !== "") return { subject: "cargo", level: "good", words: stdout.trim() };
  return {
    subject: "cargo",
    level: "note",
    words: "not found: Rust projects and the launcher cannot be built. Install it from https://rustup.rs.",
  };
}

export async function dataFinding({ dataDirectory }: Config): Promise<Finding> {
  if (dataDirectory === undefined) return { subject: "data", level: "good", words: "in memory" };
  const subject = "data";
  const holder = readHolder(dataDirectory);
  if (holder && isAlive(holder.pid)) {
    return {
      subject,
      level: "note",
      words: `${dataDirectory} is in use by process ${holder.pid}${holder.endpoint ? ` at ${holder.endpoint}` : ""}`,
    };
  }
  const existing = await firstExisting(dataDirectory);
  const isWritable = await access(existing, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (isWritable) return { subject, level: "good", words: dataDirectory };
  return { subject, level: "problem", words: `${existing} is not writable. Choose another directory with --data.` };
}

export async function portFinding({ port }: Config): Promise<Finding> {
  const holder = await portHolder(port);
  if (holder === undefined) return { subject: `port ${port}`, level: "good", words: "free" };
  return { subject: `port ${port}`, level: "note", words: `taken by process ${holder.pid} (${holder.command})` };
}

export async function openFilesFinding(config: Config): Promise<Finding | undefined> {
  const subject = "open files";
  const [limit, needed] = [await hardLimit(), openFilesNeeded(config)];
  if (limit === undefined) return undefined;
  if (limit >= needed) return { subject, level: "good", words: `limit ${limit}, at most ${needed} needed` };
  if (process.getuid?.() === 0) return { subject, level: "note", words: `limit ${limit}: start raises it to ${needed} where root may` };
  return { subject, level: "problem", words: tooFew(limit, config) };
}

/** False also for a holder that was killed without a chance to say so. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function firstExisting(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : firstExisting(dirname(path));
}
