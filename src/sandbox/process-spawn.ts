// Starts one process of the `process` driver: own session, stdout and stderr as one stream, a failed exec told apart from an exit.

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Socket } from "node:net";
import { PlatformError } from "../lib/errors.ts";
import { formatErrno } from "./executable-format.ts";
import type { LastWill } from "./last-will.ts";
import type { Command, Exit } from "./sandbox.ts";
import { type SocketPair, socketPair } from "./socket-pair.ts";

/** Carried by every process of a sandbox, so that it is found after it lost its parent. AWS: a function sees no such variable. */
const MARK = "LAMBENT_SANDBOX";

export interface Running {
  readonly pid: number;
  /** NAME=value as it stands in the environment of the process. */
  readonly mark: string;
  readonly output: Socket;
  readonly exit: Promise<Exit>;
}

/** Failures of the host, not of the program: a start that meets them is rejected. */
const HOST_ERRNOS = new Set(["EAGAIN", "EMFILE", "ENFILE", "ENOMEM"]);

export async function startProcess(command: Command, cwd: string, will: LastWill): Promise<Running | { readonly errno: string }> {
  const unrunnable = await formatErrno(command.argv[0] ?? "");
  if (unrunnable !== undefined) return { errno: unrunnable };
  const pair = await socketPair();
  const mark = randomUUID();
  const child = trySpawn(command, { cwd, pair, mark, stdin: "ignore" });
  pair.theirs.destroy();
  const errno = child instanceof Error ? errnoOf(child) : await spawnErrno(child);
  if (errno === undefined && !(child instanceof Error))
    return { pid: child.pid!, mark: `${MARK}=${mark}`, output: pair.ours, exit: exitOf(child, will) };
  pair.ours.destroy();
  if (HOST_ERRNOS.has(errno!)) throw new PlatformError("sandbox-not-started", `The host could not start a process: ${errno}`);
  return { errno: errno! };
}

export interface EarlyProcess {
  /** Hands the waiting runtime its function: one JSON line on fd 0. */
  begin(variables: Readonly<Record<string, string>>, cwd: string): Running;
  discard(): Promise<void>;
}

/** A managed runtime that waits for its function. Absent when it could not be started: the function is then started the ordinary way. */
export async function startEarly(argv: readonly string[], cwd: string, will: LastWill): Promise<EarlyProcess | undefined> {
  const pair = await socketPair();
  const mark = randomUUID();
  const child = trySpawn({ argv, variables: { PATH: "/usr/local/bin:/usr/bin:/bin" } }, { cwd, pair, mark, stdin: "pipe" });
  pair.theirs.destroy();
  if (child instanceof Error || (await spawnErrno(child)) !== undefined) {
    pair.ours.destroy();
    return undefined;
  }
  child.stdin!.on("error", () => {}); // it died while waiting: `exit` tells
  const exit = exitOf(child, will);
  return {
    begin(variables, taskFolder) {
      child.stdin!.end(`${JSON.stringify({ variables: { ...variables, [MARK]: mark }, cwd: taskFolder })}\n`);
      return { pid: child.pid!, mark: `${MARK}=${mark}`, output: pair.ours, exit };
    },
    async discard() {
      child.kill("SIGKILL");
      await exit;
      pair.ours.destroy();
    },
  };
}

interface Place {
  readonly cwd: string;
  readonly pair: SocketPair;
  readonly mark: string;
  readonly stdin: "ignore" | "pipe";
}

function trySpawn(command: Command, { cwd, pair, mark, stdin }: Place): ChildProcess | Error {
  const [program = "", ...parameters] = command.argv;
  const env = { ...command.variables, [MARK]: mark };
  try {
    return spawn(program, parameters, { cwd, env, detached: true, stdio: [stdin, pair.theirs, pair.theirs] });
  } catch (error) {
    return error as Error; // ENOEXEC and its like are thrown, ENOENT and EACCES arrive as an event
  }
}

/** Undefined once the program runs. */
async function spawnErrno(child: ChildProcess): Promise<string | undefined> {
  try {
    await once(child, "spawn");
    return undefined;
  } catch (error) {
    return errnoOf(error as Error);
  }
}

function errnoOf(error: NodeJS.ErrnoException): string {
  return error.code ?? "EINVAL";
}

/** Until then the process stands in the will; afterwards its number may be a stranger's. */
function exitOf(child: ChildProcess, will: LastWill): Promise<Exit> {
  will.add(child.pid!);
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      will.remove(child.pid!);
      resolve(signal === null ? { kind: "code", code: code ?? 0 } : { kind: "signal", signal });
    });
  });
}
