// One function's processes under the `process` driver: start, end, restart, stop. The tree is process-tree.ts's business.
//
// Discipline: #trees is replaced by start and restart alone; an end that restart or stop caused is not reported as the runtime's.

import type { Socket } from "node:net";
import { PlatformError } from "../lib/errors.ts";
import { CompanionEnds } from "./companion-ends.ts";
import type { LastWill } from "./last-will.ts";
import { connectLocally } from "./local-connection.ts";
import { StreamOutput } from "./output.ts";
import { type EarlyProcess, type Running, startProcess } from "./process-spawn.ts";
import { killTree, membersOf, signalTree, type Tree } from "./process-tree.ts";
import type { Command, Exit, Launch, Sandbox, SandboxOutput, SandboxPaths, Usage } from "./sandbox.ts";
import { SuccessiveOutput } from "./successive-output.ts";

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
  #start: Start;
  readonly #output = new SuccessiveOutput();
  readonly #companionOutput = new SuccessiveOutput();
  readonly #companionEnds = new CompanionEnds();
  #early: EarlyProcess | undefined;
  #poll: NodeJS.Timeout;
  #resolveGone!: (exit: Exit) => void;
  /** Of the runtime, once it runs, and of its companions. */
  #trees: Tree[] = [];
  #runtime: Tree | undefined;
  #ending: "restart" | "stop" | "out-of-memory" | undefined;
  #runtimeEnd: Exit | undefined;
  #onRuntimeEnd: ((exit: Exit) => void) | undefined;
  #memoryPeakBytes = 0;
  #exited: Promise<Exit>[] = [];
  #stopping: Promise<Exit> | undefined;

  static async start(start: Start): Promise<ProcessSandbox> {
    const sandbox = new ProcessSandbox(start);
    try {
      sandbox.#early = start.early;
      await sandbox.#begin();
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
    for (const tree of this.#trees) await signalTree(tree, "SIGSTOP");
  }

  async thaw(): Promise<void> {
    for (const tree of this.#trees) await signalTree(tree, "SIGCONT");
  }

  async usage(): Promise<Usage> {
    const members = (await Promise.all(this.#trees.map(membersOf))).flat();
    const memoryBytes = members.reduce((sum, row) => sum + row.residentBytes, 0);
    this.#memoryPeakBytes = Math.max(this.#memoryPeakBytes, memoryBytes);
    return { memoryBytes, memoryPeakBytes: this.#memoryPeakBytes, cpuUs: members.reduce((sum, row) => sum + row.cpuUs, 0) };
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    if (this.#runtime?.rootLives) process.kill(this.#runtime.root, name);
  }

  async restart(command: Launch["command"]): Promise<void> {
    await this.#kill("restart");
    this.#ending = undefined;
    this.#runtimeEnd = undefined;
    this.#start = { ...this.#start, launch: { ...this.#start.launch, command } };
    await this.#begin();
  }

  async startRuntime(): Promise<void> {
    const { paths, launch, will } = this.#start;
    const { argv, variables } = launch.command(paths);
    const early = this.#early;
    this.#early = undefined;
    const running = early === undefined ? await startProcess({ argv, variables }, launch.code, will) : early.begin(variables, launch.code);
    if ("errno" in running) this.#reportEnd({ kind: "not-started", errno: running.errno });
    else this.#watchRuntime(running);
  }

  get companionOutput(): SandboxOutput | undefined {
    return this.#companionOutput.hasBegun ? this.#companionOutput : undefined;
  }

  onCompanionEnd(listener: (name: string, exit: Exit) => void): void {
    this.#companionEnds.listen(listener);
  }

  connect(port: number): Promise<Socket | undefined> {
    return connectLocally(port);
  }

  stop(): Promise<Exit> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<Exit> {
    clearTimeout(this.#poll);
    await this.#kill("stop");
    this.#output.close();
    this.#companionOutput.close();
    await this.#start.release();
    const exit: Exit = { kind: "stopped" };
    this.#resolveGone(exit);
    return exit;
  }

  async #begin(): Promise<void> {
    const { launch, paths } = this.#start;
    const companions = launch.companions?.(paths) ?? [];
    for (const { name, ...command } of companions) await this.#startCompanion(name, command);
    if (companions.length === 0) await this.startRuntime();
  }

  async #startCompanion(name: string, command: Command): Promise<void> {
    const running = await startProcess(command, this.#start.launch.code, this.#start.will);
    if ("errno" in running) {
      this.#companionEnds.report(name, { kind: "not-started", errno: running.errno });
      return;
    }
    this.#follow(running, this.#companionOutput, (exit) => {
      if (this.#ending === undefined) this.#companionEnds.report(name, exit);
    });
  }

  #watchRuntime(running: Running): void {
    this.#runtime = this.#follow(running, this.#output, (exit) => {
      if (this.#ending === undefined) this.#reportEnd(exit);
      else if (this.#ending === "out-of-memory") this.#reportEnd({ kind: "out-of-memory" });
    });
  }

  #follow(running: Running, into: SuccessiveOutput, onExit: (exit: Exit) => void): Tree {
    const tree: Tree = { root: running.pid, mark: running.mark, rootLives: true };
    const output = new StreamOutput(running.output);
    this.#trees.push(tree);
    into.follow(output);
    this.#exited.push(running.exit);
    void running.exit.then(async (exit) => {
      tree.rootLives = false;
      await output.finish();
      if (this.#trees.includes(tree)) onExit(exit); // else a restart has begun meanwhile
    });
    return tree;
  }

  #reportEnd(exit: Exit): void {
    this.#runtimeEnd = exit;
    this.#onRuntimeEnd?.(exit);
  }

  async #kill(why: "restart" | "stop"): Promise<void> {
    this.#ending = why;
    let left = 0;
    for (const tree of this.#trees) left += await killTree(tree);
    if (left > 0) throw new PlatformError("sandbox-leak", `${left} processes of a sandbox could not be killed`);
    await Promise.all(this.#exited);
    await this.#early?.discard();
    this.#early = undefined;
    this.#trees = [];
    this.#exited = [];
  }

  async #watchMemory(): Promise<void> {
    const trees = this.#trees;
    if (trees.length === 0 || this.#ending !== undefined || this.#runtimeEnd !== undefined) return;
    const { memoryBytes } = await this.usage();
    if (memoryBytes <= this.#start.launch.memoryMb * 1024 * 1024 || this.#ending !== undefined) return;
    this.#ending = "out-of-memory";
    for (const tree of trees) await killTree(tree);
  }
}
