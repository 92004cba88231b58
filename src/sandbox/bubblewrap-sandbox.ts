// One sandbox of the bubblewrap driver: bwrap is its outer process, bubblewrap-init.ts its first inner one.
//
// Discipline: as stem-sandbox.ts. What an order is answered with settles the one waiter; an end that restart() or stop() caused is not told.

import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { PlatformError } from "../lib/errors.ts";
import { moduleFile } from "../lib/sibling.ts";
import type { BubblewrapParts } from "./bubblewrap.ts";
import { bubblewrapArguments } from "./bubblewrap-arguments.ts";
import type { InitAnswer, InitOrder } from "./bubblewrap-init.ts";
import { BubblewrapPlaces } from "./bubblewrap-places.ts";
import { CompanionEnds } from "./companion-ends.ts";
import { formatErrno } from "./executable-format.ts";
import { InnerConnections } from "./inner-connections.ts";
import type { Listeners } from "./listeners.ts";
import { StreamOutput } from "./output.ts";
import { PATHS_INSIDE } from "./paths-inside.ts";
import { onHost } from "./process.ts";
import type { Command, Exit, Launch, Mount, Sandbox, SandboxOutput, Shape, Stem, Usage } from "./sandbox.ts";
import { etcFiles } from "./shape-spec.ts";
import { socketPair } from "./socket-pair.ts";

/** The program inside that opens the listeners lives in the function's group, so the limit must have room for it. */
const INIT_MB = 48;
/** Joins the groups, then becomes bwrap: everything that it starts is in them from the first moment on. */
const JOIN = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1/cgroup.procs" || exit 1; shift; n=$((n-1)); done; exec "$@"';

export interface BubblewrapStart {
  readonly shape: Shape;
  readonly launch: Launch;
  readonly addresses: ReadonlyMap<string, string>;
  readonly accepts: ReadonlyMap<string, Parameters<Stem["onConnection"]>[1]>;
}

export class BubblewrapSandbox implements Sandbox {
  readonly gone: Promise<Exit>;
  readonly #parts: BubblewrapParts;
  readonly #listeners: Listeners;
  readonly #ended: () => void;
  readonly #folder = mkdtempSync(join(tmpdir(), "lambent-etc-"));
  readonly #connections = new InnerConnections();
  readonly #companionEnds = new CompanionEnds();
  #companionOutput: StreamOutput | undefined;
  #launch: Launch | undefined;
  #child: ChildProcess | undefined;
  /** Pid 1 of the sandbox, as the host sees it. */
  #init: number | undefined;
  #output: StreamOutput | undefined;
  #opened: Promise<unknown>[] = [];
  #waiter: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  #runtimeEnd: Exit | undefined;
  #onRuntimeEnd: ((exit: Exit) => void) | undefined;
  #oomKills = 0;
  /** What the program that opens the listeners takes. */
  #initBytes = 0;
  #mounts: readonly Mount[] = [];
  /** Until it is held to it. */
  #cpuShare: number | undefined;
  #isStopping = false;
  #resolveGone!: (exit: Exit) => void;

  constructor(parts: BubblewrapParts, listeners: Listeners, ended: () => void) {
    this.#parts = parts;
    this.#listeners = listeners;
    this.#ended = ended;
    this.gone = new Promise((resolve) => {
      this.#resolveGone = resolve;
    });
  }

  async start(start: BubblewrapStart): Promise<void> {
    const { groups, id } = this.#parts;
    const { code, layers } = start.launch;
    this.#launch = start.launch;
    this.#mounts = [...start.shape.mounts, { from: code, to: PATHS_INSIDE.task }, { from: layers ?? "/nothing", to: PATHS_INSIDE.layers }];
    try {
      groups.make(id);
      this.#cpuShare = start.launch.cpuShare;
      groups.limit(id, { ...start.launch, memoryMb: start.launch.memoryMb + INIT_MB, pidsMax: start.launch.pidsMax + 16 });
      await this.#spawn(start);
      const listen = [...start.addresses].map(([name, address]) => ({ name, ...hostAndPort(address) }));
      await this.#carryOut({ listen });
      await Promise.all(this.#opened);
      for (const [name, accept] of start.accepts) this.#listeners.onConnection(name, accept);
      this.#initBytes = groups.usage(id).memoryBytes;
      await this.#begin();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  get output(): SandboxOutput {
    return this.#output!;
  }

  onRuntimeEnd(listener: (exit: Exit) => void): void {
    this.#onRuntimeEnd = listener;
    if (this.#runtimeEnd !== undefined) listener(this.#runtimeEnd);
  }

  holdToShare(): void {
    if (this.#cpuShare !== undefined && !this.#isStopping) this.#parts.groups.limitCpu(this.#parts.id, this.#cpuShare);
    this.#cpuShare = undefined;
  }

  async freeze(): Promise<void> {
    if (!this.#isStopping) await this.#parts.groups.freeze(this.#parts.id);
  }

  async thaw(): Promise<void> {
    if (!this.#isStopping) this.#parts.groups.thaw(this.#parts.id);
  }

  async usage(): Promise<Usage> {
    const { memoryBytes, memoryPeakBytes, cpuUs } = this.#parts.groups.usage(this.#parts.id);
    const own = (bytes: number) => Math.max(0, bytes - this.#initBytes);
    return { memoryBytes: own(memoryBytes), memoryPeakBytes: own(memoryPeakBytes), cpuUs };
  }

  signal(name: "SIGTERM" | "SIGKILL"): void {
    this.#tell({ signal: name });
  }

  async restart(command: Launch["command"]): Promise<void> {
    await this.thaw();
    this.#runtimeEnd = undefined;
    this.#oomKills = this.#parts.groups.oomKills(this.#parts.id);
    const launch = { ...this.#launch!, command };
    this.#launch = undefined; // ends that are told from now on are those of before
    await this.#carryOut({ clear: true });
    this.#launch = launch;
    await this.#begin();
  }

  async stop(): Promise<Exit> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      if (this.#child === undefined) await this.#release({ kind: "stopped" });
      else this.#kill();
    }
    return this.gone;
  }

  /** Pid 1 first: the kernel ends what is inside with it, and then bwrap ends too. */
  #kill(): void {
    const { groups, id } = this.#parts;
    if (this.#child?.exitCode === null && this.#child.signalCode === null) {
      if (this.#init === undefined || !killed(this.#init)) this.#child.kill("SIGKILL");
    }
    groups.thaw(id); // v1 lets a frozen process die only when it is thawed
  }

  async #begin(): Promise<void> {
    const companions = this.#launch!.companions?.(PATHS_INSIDE) ?? [];
    for (const { name, ...command } of companions) await this.#run(command, name);
    if (companions.length === 0) await this.startRuntime();
  }

  async startRuntime(): Promise<void> {
    await this.#run(this.#launch!.command(PATHS_INSIDE));
  }

  async #run({ argv, variables }: Command, name?: string): Promise<void> {
    const errno = await formatErrno(onHost({ mounts: this.#mounts }, argv[0] ?? ""));
    if (errno !== undefined) void this.#processEnded({ errno }, name);
    else await this.#carryOut({ start: { argv, variables, cwd: PATHS_INSIDE.task, ...(name === undefined ? {} : { name }) } });
  }

  get companionOutput(): SandboxOutput | undefined {
    return this.#companionOutput;
  }

  onCompanionEnd(listener: (name: string, exit: Exit) => void): void {
    this.#companionEnds.listen(listener);
  }

  connect(port: number): Promise<Socket | undefined> {
    return this.#connections.open((call) => this.#tell({ connect: { port, call } }, () => this.#connections.answer(call, undefined)));
  }

  async #spawn({ shape, launch, addresses }: BubblewrapStart): Promise<void> {
    const pair = await socketPair();
    const beside = launch.companions === undefined ? undefined : await socketPair();
    this.#output = new StreamOutput(pair.ours);
    if (beside !== undefined) this.#companionOutput = new StreamOutput(beside.ours);
    const init = { node: process.execPath, script: moduleFile("sandbox/bubblewrap-init") };
    const places = this.#makePlaces();
    const files = this.#writeFiles(shape, addresses);
    const bubblewrap = bubblewrapArguments({ shape, launch, init, files, infoFd: 4, place: (path) => places.of(path) });
    const groups = this.#parts.groups.folders(this.#parts.id);
    const join = ["-c", JOIN, "sh", String(groups.length), ...groups];
    const child = spawn("/bin/sh", [...join, ...places.command(), this.#parts.program, ...bubblewrap], {
      stdio: ["ignore", pair.theirs, pair.theirs, "ipc", "pipe", beside?.theirs ?? "ignore"],
      env: { PATH: "/usr/bin:/bin" },
    });
    pair.theirs.destroy();
    beside?.theirs.destroy();
    this.#child = child;
    child.on("message", (message: InitAnswer, handle) => this.#hear(message, handle));
    child.once("exit", () => void this.#outerEnded());
    await this.#readInfo(child);
  }

  /** bwrap tells the pid of its pid 1 as JSON; when it ends before that, it could not make the sandbox. */
  async #readInfo(child: ChildProcess): Promise<void> {
    let info = "";
    for await (const part of child.stdio[4] as AsyncIterable<Buffer>) info += part.toString();
    const pid = /"child-pid":\s*(\d+)/.exec(info)?.[1];
    if (pid === undefined) throw new PlatformError("sandbox-not-started", "bubblewrap could not make a sandbox");
    this.#init = Number(pid);
  }

  #makePlaces(): BubblewrapPlaces {
    chmodSync(this.#folder, 0o755);
    const folder = join(this.#folder, "places");
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    return new BubblewrapPlaces(folder, this.#parts.id);
  }

  #writeFiles(shape: Shape, addresses: ReadonlyMap<string, string>): Map<string, string> {
    const files = Object.entries(etcFiles(shape.listeners, addresses, undefined));
    return new Map(
      files.map(([path, text]) => {
        const file = join(this.#folder, basename(path));
        writeFileSync(file, text);
        return [path, file];
      }),
    );
  }

  #hear(message: InitAnswer, handle: unknown): void {
    if (message.listener !== undefined) this.#opened.push(this.#listeners.open(message.listener, handle as object));
    if (message.ended !== undefined) void this.#processEnded(message.ended, message.name);
    if (message.connected !== undefined) this.#connections.answer(message.connected, handle);
    if (message.listening || message.started || message.cleared) {
      this.#waiter?.resolve();
      this.#waiter = undefined;
    }
  }

  async #processEnded(end: NonNullable<InitAnswer["ended"]>, companion: string | undefined): Promise<void> {
    if (companion === undefined) return this.#runtimeEnded(end);
    const launch = this.#launch;
    await this.#companionOutput?.finish();
    if (!this.#isStopping && launch !== undefined && launch === this.#launch) this.#companionEnds.report(companion, exitOf(end));
  }

  async #runtimeEnded(end: NonNullable<InitAnswer["ended"]>): Promise<void> {
    if (this.#isStopping) return;
    const ranOut = end.signal === "SIGKILL" && this.#parts.groups.oomKills(this.#parts.id) > this.#oomKills;
    const launch = this.#launch;
    await this.#output?.finish();
    if (this.#isStopping || launch === undefined || launch !== this.#launch) return; // a restart has begun meanwhile
    this.#runtimeEnd = ranOut ? { kind: "out-of-memory" } : exitOf(end);
    this.#onRuntimeEnd?.(this.#runtimeEnd);
  }

  async #outerEnded(): Promise<void> {
    this.#waiter?.reject(new PlatformError("sandbox-not-started", "The sandbox ended before it was ready"));
    this.#waiter = undefined;
    await this.#release(this.#isStopping ? { kind: "stopped" } : { kind: "signal", signal: "SIGKILL" });
  }

  async #release(exit: Exit): Promise<void> {
    this.#isStopping = true;
    this.#output?.close();
    this.#companionOutput?.close();
    this.#connections.close();
    await Promise.allSettled(this.#opened);
    await this.#listeners.close();
    this.#parts.groups.remove(this.#parts.id);
    rmSync(this.#folder, { recursive: true, force: true });
    this.#ended();
    this.#resolveGone(exit);
  }

  #carryOut(order: InitOrder): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#tell(order, (error) => reject(new PlatformError("sandbox-not-started", "The sandbox is gone", { cause: error })));
    });
  }

  /** Without a listener of its own a failed write would be an error event of the process, and the end of ours. */
  #tell(order: InitOrder, onFailure: (error: Error) => void = () => {}): void {
    if (this.#child?.connected) this.#child.send(order, (error) => error && onFailure(error));
    else onFailure(new Error("disconnected"));
  }
}

/** False if it has ended just now, of itself. */
function killed(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

function hostAndPort(address: string): { host: string; port: number } {
  const [host = "", port = ""] = address.split(":");
  return { host, port: Number(port) };
}

function exitOf(end: NonNullable<InitAnswer["ended"]>): Exit {
  if (end.errno !== undefined) return { kind: "not-started", errno: end.errno };
  if (end.signal !== undefined) return { kind: "signal", signal: end.signal };
  return { kind: "code", code: end.code ?? 0 };
}
