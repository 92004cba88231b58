// One sandbox of the stem driver, from the empty stem to its end. What happens inside is native/stem/src/init.rs's business.
//
// Discipline: orders go to `stem serve` in order and are answered in order. An end of the runtime that restart() or stop() caused is not
// reported; the first of failed, gone and stop decides how `gone` resolves.

import { openSync } from "node:fs";
import { Socket } from "node:net";
import { constants } from "node:os";
import { PlatformError } from "../lib/errors.ts";
import { CompanionEnds } from "./companion-ends.ts";
import type { Groups } from "./groups.ts";
import { hostPath } from "./host-paths.ts";
import { InnerConnections } from "./inner-connections.ts";
import { freezeBelow, killBelow, thawBelow, usageBelow } from "./inner-processes.ts";
import { Listeners } from "./listeners.ts";
import type { NumberFile } from "./number-file.ts";
import { StreamOutput } from "./output.ts";
import { PATHS_INSIDE } from "./paths-inside.ts";
import type { Exit, Launch, Sandbox, SandboxOutput, Usage } from "./sandbox.ts";
import type { ProcessEnd, ReadySandbox, SandboxSays, ServeClient, StartOrder, StemServer } from "./serve.ts";
import { TmpAccount } from "./tmp-account.ts";

/** Much longer than it takes: a machine under full load is no leak. */
const STOP_WITHIN_MS = 5_000;
const MEMORY_POLL_MS = 250;
/** REPORT shows whole megabytes: a peak that has moved by less is no reason to read three files and ask for /tmp. */
const PEAK_STEP_BYTES = 1024 * 1024;

export interface StemSandboxParts {
  readonly server: StemServer;
  readonly groups: Groups;
  /** Names its groups too: no two sandboxes of one driver have the same. */
  readonly id: number;
  /** Called when its processes begin to run, or run again. */
  readonly onAwake: () => void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class StemSandbox implements Sandbox, ServeClient {
  readonly listeners = new Listeners();
  readonly gone: Promise<Exit>;
  readonly #server: StemServer;
  readonly #groups: Groups;
  readonly #id: number;
  readonly #onAwake: () => void;
  #opened: Promise<unknown>[] = [];
  readonly #connections = new InnerConnections();
  readonly #companionEnds = new CompanionEnds();
  #launch: Launch | undefined;
  #output: StreamOutput | undefined;
  #companionOutput: StreamOutput | undefined;
  /** Of the order that is being carried out: prepare, start or restart. */
  #waiter: Waiter | undefined;
  #runtimeEnd: Exit | undefined;
  #onRuntimeEnd: ((exit: Exit) => void) | undefined;
  #oomKills = 0;
  #ranOut = false;
  #memoryPeakBytes = 0;
  #peakFile: NumberFile | undefined;
  /** The kernel's peak when `#memoryPeakBytes` was found; what it has grown by since then counts in full. */
  #kernelPeakBytes = 0;
  #memoryLimitBytes = 0;
  /** Until it is held to it. */
  #cpuShare: number | undefined;
  #tmp: TmpAccount | undefined;
  #isFrozen = false;
  /** Pid 1 of the sandbox, as the host sees it. */
  #init = 0;
  #isStarted = false;
  #isStopping = false;
  #isRestarting = false;
  #isGone = false;
  #resolveGone!: (exit: Exit) => void;
  #leftGroups: readonly string[] = [];

  constructor({ server, groups, id, onAwake }: StemSandboxParts) {
    this.#server = server;
    this.#onAwake = onAwake;
    this.#groups = groups;
    this.#id = id;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
  }

  async prepare(spec: object, uid: number | undefined): Promise<void> {
    const order = { groups: this.#groups.folders(this.#id), thaw: this.#groups.thawOrder(this.#id), uid };
    try {
      await this.#carryOut(() => this.#server.prepare(this.#id, spec, order, this));
      await Promise.all(this.#opened);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async start(launch: Launch): Promise<void> {
    this.#isStarted = true;
    this.#launch = launch;
    try {
      this.#onAwake();
      const begun = this.#carryOut(() => this.#server.start(this.#id, this.#startOrder(launch)));
      this.#account(launch);
      await begun;
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  get isReady(): boolean {
    return this.#output !== undefined && !this.#isStarted && !this.#isStopping && !this.#isGone;
  }

  get output(): SandboxOutput {
    return this.#output!;
  }

  onRuntimeEnd(listener: (exit: Exit) => void): void {
    this.#onRuntimeEnd = listener;
    if (this.#runtimeEnd !== undefined) listener(this.#runtimeEnd);
  }

  get companionOutput(): SandboxOutput | undefined {
    return this.#companionOutput;
  }

  onCompanionEnd(listener: (name: string, exit: Exit) => void): void {
    this.#companionEnds.listen(listener);
  }

  async startRuntime(): Promise<void> {
    await this.#carryOut(() => this.#server.tell(this.#id, { run: this.#launch!.command(PATHS_INSIDE) }));
  }

  connect(port: number): Promise<Socket | undefined> {
    return this.#connections.open((call) => this.#server.tell(this.#id, { connect: port, call }));
  }

  holdToShare(): void {
    if (this.#cpuShare !== undefined && !this.#isGone) this.#groups.limitCpu(this.#id, this.#cpuShare);
    this.#cpuShare = undefined;
  }

  async freeze(): Promise<void> {
    if (this.#isGone) return;
    this.balanceMemory();
    this.#isFrozen = true;
    if (this.#groups.has("freeze")) await this.#groups.freeze(this.#id);
    else freezeBelow(this.#init);
  }

  async thaw(): Promise<void> {
    if (this.#isGone) return;
    this.#isFrozen = false;
    this.#onAwake();
    if (this.#groups.has("freeze")) this.#groups.thaw(this.#id);
    else thawBelow(this.#init);
  }

  async usage(): Promise<Usage> {
    if (!this.#groups.has("memory")) return this.#usageWithoutGroups();
    const usage = this.#groups.usage(this.#id);
    return { ...usage, ...this.#tmp!.withoutFiles(usage) };
  }

  memoryPeak(): number | undefined {
    const kernelPeakBytes = this.#peakFile?.read();
    if (kernelPeakBytes === undefined) return undefined;
    if (kernelPeakBytes - this.#kernelPeakBytes >= PEAK_STEP_BYTES || !this.#tmp!.isHardlyUsed) {
      this.#kernelPeakBytes = kernelPeakBytes;
      this.#memoryPeakBytes = this.#tmp!.withoutFiles(this.#groups.usage(this.#id)).memoryPeakBytes;
    }
    return this.#memoryPeakBytes + kernelPeakBytes - this.#kernelPeakBytes;
  }

  /** To the kernel the files of /tmp are memory of the group, to AWS they are not: the limit moves with what /tmp holds. False while nothing can change. */
  balanceMemory(): boolean {
    const isAwake = this.#isStarted && !this.#isStopping && !this.#isGone && !this.#isFrozen;
    const filesBytes = isAwake && this.#groups.has("memory") ? this.#tmp!.changed() : undefined;
    if (filesBytes !== undefined) this.#groups.moveMemoryLimit(this.#id, this.#memoryLimitBytes + filesBytes);
    return isAwake;
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    this.#server.tell(this.#id, { signal: constants.signals[name] });
  }

  async restart(command: Launch["command"]): Promise<void> {
    this.#launch = { ...this.#launch!, command };
    this.#isRestarting = true;
    await this.thaw(); // a frozen process cannot die, and pid 1 is frozen with it
    this.#runtimeEnd = undefined;
    this.#ranOut = false;
    this.#oomKills = this.#groups.oomKills(this.#id);
    await this.#carryOut(() => this.#server.tell(this.#id, { restart: programsOf(this.#launch!) }));
  }

  async stop(): Promise<Exit> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      this.#server.kill(this.#id);
    }
    const exit = await withDeadline(this.gone, STOP_WITHIN_MS);
    if (exit === undefined) throw new PlatformError("sandbox-leak", `Sandbox ${this.#id} did not end within ${STOP_WITHIN_MS} ms`);
    if (this.#leftGroups.length > 0) throw new PlatformError("sandbox-leak", `Groups could not be removed: ${this.#leftGroups.join(", ")}`);
    return exit;
  }

  onListener(name: string, handle: object): void {
    this.#opened.push(this.listeners.open(name, handle));
  }

  onReady({ output, tmp, init }: ReadySandbox): void {
    this.#init = init;
    this.#tmp = new TmpAccount(`/proc/${this.#server.pid}/fd/${tmp}`);
    this.#output = this.#openOutput(output);
    this.#done();
  }

  /** A pipe cannot come over Node's channel (sockets can), but it can be opened where it is; functions may open /dev/stderr only if it is one. */
  #openOutput(descriptor: number): StreamOutput {
    const fd = openSync(`/proc/${this.#server.pid}/fd/${descriptor}`, "r");
    return new StreamOutput(new Socket({ fd, readable: true, writable: false }));
  }

  onSay(message: SandboxSays): void {
    if (message.begun === true) {
      this.#isRestarting = false;
      this.#done();
    }
    if (message.beside !== undefined) this.#companionOutput = this.#openOutput(message.beside);
    if (message.connected !== undefined) this.#connections.answer(message.connected, undefined);
    if (message.ended === undefined) return;
    if (message.name === undefined) void this.#runtimeEnded(message.ended);
    else if (!this.#isRestarting || message.ended.errno !== undefined) void this.#companionEnded(message.name, exitOf(message.ended));
  }

  onConnected(call: number, handle: unknown): void {
    this.#connections.answer(call, handle);
  }

  onFailed(because: string): void {
    this.#failed(because);
  }

  onGone(end: ProcessEnd, leftGroups: readonly string[]): void {
    this.#isGone = true;
    this.#leftGroups = leftGroups;
    this.#failed("it ended before it was ready");
    void this.#release(this.#isStopping ? { kind: "stopped" } : exitOf(end));
  }

  async #release(exit: Exit): Promise<void> {
    this.#peakFile?.close();
    this.#output?.close();
    this.#companionOutput?.close();
    this.#connections.close();
    await Promise.allSettled(this.#opened);
    await this.listeners.close();
    this.#resolveGone(exit);
  }

  async #runtimeEnded(end: ProcessEnd): Promise<void> {
    const wasKilled = end.signal === constants.signals.SIGKILL;
    const ranOut = wasKilled && (this.#ranOut || this.#groups.oomKills(this.#id) > this.#oomKills);
    const exit: Exit = ranOut ? { kind: "out-of-memory" } : exitOf(end);
    // an exec that failed is reported before "begun", so also while restarting
    if (this.#isStopping || (this.#isRestarting && end.errno === undefined)) return;
    const launch = this.#launch;
    await this.#output?.finish();
    if (this.#isStopping || launch !== this.#launch) return; // a restart has begun meanwhile
    this.#runtimeEnd = exit;
    this.#onRuntimeEnd?.(exit);
  }

  async #companionEnded(name: string, exit: Exit): Promise<void> {
    const launch = this.#launch;
    await this.#companionOutput?.finish();
    if (!this.#isStopping && launch === this.#launch) this.#companionEnds.report(name, exit);
  }

  /** While the launcher is at work. */
  #account(launch: Launch): void {
    this.#peakFile = this.#groups.openPeak(this.#id);
    this.#cpuShare = launch.cpuShare;
    this.#memoryLimitBytes = launch.memoryMb * 1024 * 1024;
    if (!this.#groups.has("memory")) this.#watchMemory();
  }

  #startOrder(launch: Launch): StartOrder {
    const { code, layers } = launch;
    return {
      code: hostPath(code),
      layers: layers === undefined ? undefined : hostPath(layers),
      limits: this.#groups.limitWrites(this.#id, launch),
      begin: this.#beginOrder(launch),
    };
  }

  #beginOrder(launch: Launch): object {
    const processes = this.#server.countsProcesses ? launch.pidsMax : undefined;
    return { ...programsOf(launch), cwd: PATHS_INSIDE.task, tmpMb: launch.tmpMb, files: launch.filesMax, processes };
  }

  #usageWithoutGroups(): Usage {
    const usage = usageBelow(this.#init);
    this.#memoryPeakBytes = Math.max(this.#memoryPeakBytes, usage.memoryPeakBytes);
    return { ...usage, memoryPeakBytes: this.#memoryPeakBytes };
  }

  /** Where no group limits it. In between a function may take more than it is allowed; the host must bear that. */
  #watchMemory(): void {
    const timer = setInterval(() => {
      if (this.#usageWithoutGroups().memoryBytes <= this.#memoryLimitBytes) return;
      this.#ranOut = true;
      killBelow(this.#init);
    }, MEMORY_POLL_MS).unref();
    void this.gone.then(() => clearInterval(timer));
  }

  /** One order at a time; settled by what `stem serve` answers. */
  #carryOut(send: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#isGone) {
        reject(new PlatformError("sandbox-not-started", "The sandbox is gone"));
        return;
      }
      this.#waiter = { resolve, reject };
      send();
    });
  }

  #done(): void {
    this.#waiter?.resolve();
    this.#waiter = undefined;
  }

  #failed(because: string): void {
    this.#waiter?.reject(new PlatformError("sandbox-not-started", `The sandbox could not be set up: ${because}`));
    this.#waiter = undefined;
  }
}

/** The runtime, or the companions that it follows. */
function programsOf({ command, companions }: Launch): object {
  const beside = companions?.(PATHS_INSIDE) ?? [];
  return beside.length > 0 ? { companions: beside } : command(PATHS_INSIDE);
}

function exitOf(end: ProcessEnd): Exit {
  if (end.errno !== undefined) return { kind: "not-started", errno: end.errno };
  if (end.signal === undefined) return { kind: "code", code: end.code ?? 0 };
  return { kind: "signal", signal: signalName(end.signal), coreDumped: end.core === true };
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `SIG${number}`;
}

async function withDeadline<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
