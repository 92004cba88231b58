// One function's processes under the `process` driver: start, end, restart, stop. The tree is process-tree.ts's business.
//
// Discipline: #running is replaced by start and restart alone; an end that restart or stop caused is not reported as the runtime's.

import { PlatformError } from "../lib/errors.ts";
import type { LastWill } from "./last-will.ts";
import { StreamOutput } from "./output.ts";
import { type EarlyProcess, type Running, startProcess } from "./process-spawn.ts";
import { killTree, membersOf, signalTree, type Tree } from "./process-tree.ts";
import type { Exit, Launch, Sandbox, SandboxOutput, SandboxPaths, Usage } from "./sandbox.ts";

/** How often memory is looked at. In between a process may take more than it is allowed; the host must bear that. */
const MEMORY_POLL_MS = 250;

interface Start {
  readonly launch: Launch;
  readonly paths: SandboxPaths;
  readonly early: EarlyProcess | undefined;
  readonly will: LastWill;
  /** Closes listeners and removes /tmp. */
  readonly release: () => Promise<void>;
}

export class ProcessSandbox implements Sandbox {
  readonly output: SandboxOutput;
  readonly gone: Promise<Exit>;
  readonly #start: Start;
  readonly #output = new SuccessiveOutput();
  #poll: NodeJS.Timeout;
  #resolveGone!: (exit: Exit) => void;
  #tree: Tree | undefined;
  #ending: "restart" | "stop" | "out-of-memory" | undefined;
  #runtimeEnd: Exit | undefined;
  #onRuntimeEnd: ((exit: Exit) => void) | undefined;
  #memoryPeakBytes = 0;
  #exited: Promise<Exit> | undefined;
  #stopping: Promise<Exit> | undefined;

  static async start(start: Start): Promise<ProcessSandbox> {
    const sandbox = new ProcessSandbox(start);
    try {
      await sandbox.#run(start.launch.command, start.early);
    } catch (error) {
      await sandbox.stop();
      throw error;
    }
    return sandbox;
  }

  private constructor(start: Start) {
    this.#start = start;
    this.output = this.#output;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
    this.#poll = this.#lookLater();
  }

  /** One look after the other, never two at a time: on a machine with many processes a look may take longer than the pause. */
  #lookLater(): NodeJS.Timeout {
    const look = () =>
      this.#watchMemory()
        .catch(() => {}) // no descriptor left to read with: the next look tries again
        .finally(() => {
          if (this.#stopping === undefined) this.#poll = this.#lookLater();
        });
    return setTimeout(look, MEMORY_POLL_MS).unref();
  }

  onRuntimeEnd(listener: (exit: Exit) => void): void {
    this.#onRuntimeEnd = listener;
    if (this.#runtimeEnd !== undefined) listener(this.#runtimeEnd);
  }

  holdToShare(): void {} // without control groups there is no share

  async freeze(): Promise<void> {
    if (this.#tree !== undefined) await signalTree(this.#tree, "SIGSTOP");
  }

  async thaw(): Promise<void> {
    if (this.#tree !== undefined) await signalTree(this.#tree, "SIGCONT");
  }

  async usage(): Promise<Usage> {
    const members = this.#tree === undefined ? [] : await membersOf(this.#tree);
    const memoryBytes = members.reduce((sum, row) => sum + row.residentBytes, 0);
    this.#memoryPeakBytes = Math.max(this.#memoryPeakBytes, memoryBytes);
    return { memoryBytes, memoryPeakBytes: this.#memoryPeakBytes, cpuUs: members.reduce((sum, row) => sum + row.cpuUs, 0) };
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    if (this.#tree?.rootLives) process.kill(this.#tree.root, name);
  }

  async restart(command: Launch["command"]): Promise<void> {
    await this.#kill("restart");
    this.#ending = undefined;
    this.#runtimeEnd = undefined;
    await this.#run(command);
  }

  stop(): Promise<Exit> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<Exit> {
    clearTimeout(this.#poll);
    await this.#kill("stop");
    this.#output.close();
    await this.#start.release();
    const exit: Exit = { kind: "stopped" };
    this.#resolveGone(exit);
    return exit;
  }

  async #run(command: Launch["command"], early?: EarlyProcess): Promise<void> {
    const { paths, launch, will } = this.#start;
    const { argv, variables } = command(paths);
    const running = early === undefined ? await startProcess({ argv, variables }, launch.code, will) : early.begin(variables, launch.code);
    if ("errno" in running) this.#reportEnd({ kind: "not-started", errno: running.errno });
    else this.#watch(running);
  }

  #watch(running: Running): void {
    const tree: Tree = { root: running.pid, mark: running.mark, rootLives: true };
    const output = new StreamOutput(running.output);
    this.#tree = tree;
    this.#output.follow(output);
    this.#exited = running.exit;
    void running.exit.then(async (exit) => {
      tree.rootLives = false;
      await output.finish();
      if (this.#ending === undefined) this.#reportEnd(exit);
      else if (this.#ending === "out-of-memory") this.#reportEnd({ kind: "out-of-memory" });
    });
  }

  #reportEnd(exit: Exit): void {
    this.#runtimeEnd = exit;
    this.#onRuntimeEnd?.(exit);
  }

  async #kill(why: "restart" | "stop"): Promise<void> {
    this.#ending = why;
    if (this.#tree === undefined) return;
    const left = await killTree(this.#tree);
    if (left > 0) throw new PlatformError("sandbox-leak", `${left} processes of a sandbox could not be killed`);
    await this.#exited;
  }

  async #watchMemory(): Promise<void> {
    const tree = this.#tree;
    if (tree === undefined || this.#ending !== undefined || this.#runtimeEnd !== undefined) return;
    const { memoryBytes } = await this.usage();
    if (memoryBytes <= this.#start.launch.memoryMb * 1024 * 1024 || this.#ending !== undefined) return;
    this.#ending = "out-of-memory";
    await killTree(tree);
  }
}

/** One SandboxOutput over the streams of one runtime process after the other. */
class SuccessiveOutput implements SandboxOutput {
  #present: StreamOutput | undefined;
  #listener: ((bytes: Buffer) => void) | undefined;
  #isPaused = false;

  follow(next: StreamOutput): void {
    this.#present?.close();
    this.#present = next;
    if (this.#listener !== undefined) next.onData(this.#listener);
    if (this.#isPaused) next.pause();
  }

  onData(listener: (bytes: Buffer) => void): void {
    this.#listener = listener;
    this.#present?.onData(listener);
  }

  pause(): void {
    this.#isPaused = true;
    this.#present?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#present?.resume();
  }

  async drained(): Promise<void> {
    await this.#present?.drained();
  }

  close(): void {
    this.#present?.close();
  }
}
