// A real `lambent start` as a child process, for the demo, the bench and tests: on a free port, waited for, and stopped.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "./command.ts";

/** Far beyond what either takes, also on a machine where much else runs. */
const START_MS_MAX = 90_000;
const STOP_MS_MAX = 90_000;

export interface StartOptions {
  /** Further arguments of `lambent start`, e.g. ["--data", directory]. */
  readonly args: readonly string[];
  /** What is run: default the sources of this checkout. */
  readonly entry?: string;
  readonly node?: string;
  readonly workingDirectory?: string;
  /** Variables beside those of the caller, of which AWS's and lambent's are left out. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface LambentProcess {
  readonly endpoint: string;
  readonly notes: readonly string[];
  readonly pid: number;
  /** Milliseconds from spawn to the first answer. */
  readonly startMs: number;
  /** Everything it has said on stderr. */
  said(): string;
  /** Resolves when it has said that on stderr. */
  until(said: RegExp): Promise<void>;
  /** SIGTERM; its exit code. Ends it the hard way, and throws, when it does not go. */
  stop(): Promise<number>;
  kill(signal: NodeJS.Signals): void;
  readonly ended: Promise<number>;
}

/** Throws with what it said when it does not come up. */
export async function startLambent(options: StartOptions): Promise<LambentProcess> {
  const startedMs = performance.now();
  const entry = options.entry ?? join(root, "src/main.ts");
  const child = spawn(options.node ?? process.execPath, [entry, "start", "--port", "0", "--json", ...options.args], {
    cwd: options.workingDirectory ?? root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...quietEnvironment(), ...options.environment },
  });
  const killWithUs = () => child.kill("SIGKILL");
  process.on("exit", killWithUs);
  const ended = exitOf(child).finally(() => process.off("exit", killWithUs));
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ready = await Promise.race([firstLine(child), ended.then(() => undefined), after(START_MS_MAX)]);
  if (ready === undefined) {
    child.kill("SIGKILL");
    await ended;
    throw new Error(`lambent did not start:\n${said}`);
  }
  const { endpoint, notes } = JSON.parse(ready) as { endpoint: string; notes: readonly string[] };
  return {
    endpoint,
    notes,
    pid: child.pid!,
    startMs: performance.now() - startedMs,
    said: () => said,
    until: (pattern) => heard(child, () => pattern.test(said)),
    stop: () => stop(child, ended, () => said),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

/** A developer's own lambent or AWS settings must not reach the one that is tried. */
function quietEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|LAMBENT)_/.test(name)));
}

function firstLine(child: ChildProcess): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  createInterface({ input: child.stdout! }).once("line", resolve);
  return promise;
}

/** Asked at every line; the caller has a time limit of its own. */
function heard(child: ChildProcess, isIt: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!isIt()) return;
      child.stderr!.off("data", look);
      resolve();
    };
    child.stderr!.on("data", look);
    look();
  });
}

function exitOf(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.on("error", reject);
  child.on("close", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  return promise;
}

async function stop(child: ChildProcess, ended: Promise<number>, said: () => string): Promise<number> {
  child.kill("SIGTERM");
  const code = await Promise.race([ended, after(STOP_MS_MAX)]);
  if (code !== undefined) return code;
  child.kill("SIGKILL");
  throw new Error(`lambent did not stop within ${STOP_MS_MAX / 1_000} s:\n${said()}`);
}

function after(ms: number): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  setTimeout(resolve, ms, undefined).unref();
  return promise;
}
