// Who listens on a TCP port of this machine: /proc on Linux, lsof elsewhere. Best effort: other users' processes may be out of sight.

import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

export interface PortHolder {
  readonly pid: number;
  /** The command line, shortened. */
  readonly command: string;
}

const LISTENING = "0A";
const COMMAND_LENGTH_MAX = 120;

export async function portHolder(port: number): Promise<PortHolder | undefined> {
  return process.platform === "linux" ? holderFromProc(port) : holderFromLsof(port);
}

async function holderFromProc(port: number): Promise<PortHolder | undefined> {
  const inodes = new Set((await Promise.all(["/proc/net/tcp", "/proc/net/tcp6"].map((file) => listeningInodes(file, port)))).flat());
  if (inodes.size === 0) return undefined;
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid) || !(await holdsSocket(pid, inodes))) continue;
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return { pid: Number(pid), command: shortened(command.replaceAll("\0", " ").trim()) };
  }
  return undefined;
}

/** Columns of /proc/net/tcp: sl local_address rem_address st … inode is the tenth. */
async function listeningInodes(file: string, port: number): Promise<readonly string[]> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").slice(1);
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(`:${hexPort}`) && columns[3] === LISTENING)
    .map((columns) => columns[9] ?? "");
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => "")));
  return targets.some((target) => inodes.has(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? ""));
}

/** Output of `lsof -F`: one field a line, its first letter says which. */
async function holderFromLsof(port: number): Promise<PortHolder | undefined> {
  const { stdout } = await promisify(execFile)("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]).catch(() => ({ stdout: "" }));
  const field = (letter: string) => new RegExp(`^${letter}(.+)$`, "m").exec(stdout)?.[1];
  const pid = field("p");
  return pid === undefined ? undefined : { pid: Number(pid), command: shortened(field("c") ?? "") };
}

function shortened(command: string): string {
  return command.length > COMMAND_LENGTH_MAX ? `${command.slice(0, COMMAND_LENGTH_MAX)}…` : command;
}
