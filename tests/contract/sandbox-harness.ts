// What the sandbox suites share: the drivers that can run on this machine, and a way to run a script in one of them.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BubblewrapDriver, findBubblewrap } from "../../src/sandbox/bubblewrap.ts";
import { buildStem } from "../../src/sandbox/build-stem.ts";
import { ProcessDriver } from "../../src/sandbox/process.ts";
import type { Exit, Launch, Sandbox, SandboxDriver, Shape } from "../../src/sandbox/sandbox.ts";
import { StemDriver } from "../../src/sandbox/stem.ts";

export interface DriverUnderTest {
  readonly name: string;
  readonly open: () => Promise<SandboxDriver>;
  /** "all" with a filter of system calls and a pid 1 that hides; "namespaces" without. */
  readonly isolates: "all" | "namespaces" | "nothing";
  readonly startsEarly: boolean;
}

/** For a suite: a test that waits for what never comes fails. */
export const PATIENCE = { timeout: 240_000 };

export const isRoot = process.getuid?.() === 0;

export const driversHere: readonly DriverUnderTest[] = [
  { name: "process", open: async () => new ProcessDriver(), isolates: "nothing", startsEarly: true },
  ...(process.platform === "linux"
    ? ([1, 2] as const).map((freezeBy) => ({
        name: `stem (freezer v${freezeBy})`,
        open: async () => StemDriver.open({ stemFile: await buildStem(), freezeBy }),
        isolates: "all" as const,
        startsEarly: true,
      }))
    : []),
  ...(findBubblewrap() === undefined
    ? []
    : [
        {
          name: "bubblewrap",
          open: async () => BubblewrapDriver.open(findBubblewrap()!),
          isolates: "namespaces" as const,
          startsEarly: false,
        },
      ]),
];

export const plainShape: Shape = { mounts: [], network: "none", listeners: [{ name: "runtime", port: 9001 }] };

export interface RunOptions {
  readonly shape?: Shape;
  readonly launch?: Partial<Launch>;
  readonly argv?: readonly string[];
  /** Who answers the listener "runtime". */
  readonly accept?: (socket: Socket) => void;
  /** Who answers others, by name. */
  readonly accepts?: Readonly<Record<string, (socket: Socket) => void>>;
}

/** A script under /bin/bash with $TMP, $TASK and $RUNTIME ("host/port", as in /dev/tcp/$RUNTIME). */
export class Run {
  readonly sandbox: Sandbox;
  /** Everything it printed so far. */
  text = "";
  readonly ended: Promise<Exit>;
  readonly #code: string;
  readonly #waiting: (() => void)[] = [];

  static async start(driver: SandboxDriver, script: string, options: RunOptions = {}): Promise<Run> {
    const stem = await driver.prepare(options.shape ?? plainShape);
    stem.onConnection("runtime", (socket) => (options.accept ?? (() => {}))(socket));
    for (const [name, accept] of Object.entries(options.accepts ?? {})) stem.onConnection(name, accept);
    const code = mkdtempSync(join(tmpdir(), "lambent-code-"));
    chmodSync(code, 0o755); // as the code store makes them: the sandbox may have another uid
    const runtime = stem.address("runtime").replace(":", "/");
    const command: Launch["command"] = (paths) => ({
      argv: options.argv ?? ["/bin/bash", "-c", script],
      variables: { PATH: "/usr/local/bin:/usr/bin:/bin", TMP: paths.tmp, TASK: paths.task, RUNTIME: runtime },
    });
    const limits = { memoryMb: 256, cpuShare: 1, tmpMb: 64, pidsMax: 128, filesMax: 1024 };
    const sandbox = await stem.start({ code, command, ...limits, ...options.launch });
    return new Run(sandbox, code);
  }

  private constructor(sandbox: Sandbox, code: string) {
    this.sandbox = sandbox;
    this.#code = code;
    sandbox.output.onData((bytes) => {
      this.text += bytes.toString("latin1");
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.ended = new Promise((resolve) => sandbox.onRuntimeEnd(resolve));
  }

  async printed(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.text)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.text;
  }

  async stop(): Promise<Exit> {
    rmSync(this.#code, { recursive: true, force: true });
    return this.sandbox.stop();
  }
}

/** Runs a script to its end and answers what it printed. */
export async function runScript(driver: SandboxDriver, script: string, options: RunOptions = {}): Promise<{ text: string; exit: Exit }> {
  const run = await Run.start(driver, script, options);
  const exit = await run.ended;
  await run.stop();
  return { text: run.text, exit };
}

/** Pids of processes whose command line holds `mark`. */
export function processesWith(mark: string): number[] {
  const lines = execFileSync("ps", ["-eww", "-o", "pid=,args="], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.includes(mark) && !line.includes("ps -eww")).map((line) => Number.parseInt(line, 10));
}

export function python(program: string): string {
  return `exec python3 -c '${program}'`;
}

export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}
