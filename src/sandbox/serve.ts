// The conversation with `stem serve`, the small process that forks all sandboxes. Its protocol stands in native/stem/src/serve.rs.
//
// Handles (listening sockets) arrive over the IPC channel of child_process, beside the message that names them.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { release } from "node:os";
import { PlatformError } from "../lib/errors.ts";
import type { GroupWrite } from "./groups.ts";
import { isOlder } from "./remedy.ts";

/** Since then the count is per user namespace; before, it was per user of the whole machine. */
const COUNTS_PER_NAMESPACE = [5, 14] as const;
const START_WITHIN_MS = 10_000;
const END_WITHIN_MS = 10_000;

/** What one sandbox is told. Nothing follows onGone. */
export interface ServeClient {
  onListener(name: string, handle: object): void;
  onReady(ready: ReadySandbox): void;
  onSay(message: SandboxSays): void;
  onConnected(call: number, handle: unknown): void;
  onFailed(because: string): void;
  onGone(end: ProcessEnd, leftGroups: readonly string[]): void;
}

/** Descriptors are those of the serving process. */
export interface ReadySandbox {
  /** The reading end of stdout and stderr. */
  readonly output: number;
  /** Its /tmp. */
  readonly tmp: number;
  /** Its pid 1, as the host sees it. */
  readonly init: number;
}

export interface ProcessEnd {
  readonly code?: number;
  readonly signal?: number;
  readonly core?: boolean;
  readonly errno?: string;
}

export interface SandboxSays {
  readonly begun?: true;
  readonly ended?: ProcessEnd;
  /** Of the companion that ended; absent for the runtime. */
  readonly name?: string;
  /** The reading end of what companions print; a descriptor of the serving process. */
  readonly beside?: number;
  /** The number of a call that found nobody listening. */
  readonly connected?: number;
}

interface Message {
  readonly id?: number;
  readonly shape?: number;
  readonly listener?: string;
  readonly connected?: number;
  readonly ready?: ReadySandbox;
  readonly say?: SandboxSays;
  readonly failed?: string;
  readonly gone?: ProcessEnd;
  readonly left?: readonly string[];
  readonly serving?: true;
  readonly privileged?: boolean;
  readonly unusable?: string;
}

export interface PrepareOrder {
  readonly groups: readonly string[];
  readonly thaw: { readonly file: string; readonly text: string } | undefined;
  /** Lowest uid of those that sandboxes get, one each; undefined where only our own is to be had. */
  readonly uid: number | undefined;
}

export interface StartOrder {
  readonly code: string;
  readonly layers: string | undefined;
  readonly limits: readonly GroupWrite[];
  /** For pid 1. */
  readonly begin: object;
}

export class StemServer {
  readonly pid: number;
  /** True where each sandbox has a uid of its own. */
  readonly isPrivileged: boolean;
  /** Whether the kernel counts a sandbox's processes (RLIMIT_NPROC) apart from those of other sandboxes. */
  readonly countsProcesses: boolean;
  readonly #child: ChildProcess;
  readonly #clients = new Map<number, ServeClient>();
  readonly #shapes = new Map<string, number>();
  #shapeNumbers = 0;
  #isClosing = false;
  readonly ended: Promise<void>;

  /** Start it early: a fork of this process blocks it for as long as its memory is large. */
  static async start(stemFile: string): Promise<StemServer> {
    const child = spawn(stemFile, ["serve"], { stdio: ["ignore", "ignore", "inherit", "ipc"], env: {} });
    const first = await firstMessage(child, stemFile);
    if (first.serving === true) return new StemServer(child, first.privileged === true);
    child.kill("SIGKILL");
    throw new PlatformError("sandbox-unusable", first.unusable ?? "the launcher of sandboxes did not start");
  }

  private constructor(child: ChildProcess, isPrivileged: boolean) {
    this.#child = child;
    this.pid = child.pid!;
    this.isPrivileged = isPrivileged;
    this.countsProcesses = isPrivileged || !isOlder(release(), COUNTS_PER_NAMESPACE);
    child.on("message", (message: Message, handle) => this.#hear(message, handle));
    this.ended = new Promise((resolve) => {
      child.once("exit", () => {
        resolve(); // first: who hears that its sandbox is gone and wants another must not come back to this launcher
        this.#endAll();
      });
    });
  }

  /** Half of what prepare() with this id would have to wait for: its groups, with a process in them. */
  expect(id: number, groups: readonly string[]): void {
    this.#send({ expect: id, groups });
  }

  /** `id` names the sandbox from now on; no two of one driver are the same. */
  prepare(id: number, spec: object, order: PrepareOrder, client: ServeClient): void {
    if (!this.#child.connected) {
      client.onFailed("the launcher has ended");
      client.onGone({ signal: 9 }, []);
      return;
    }
    const shape = this.#shapeOf(spec);
    this.#clients.set(id, client);
    this.#send({ prepare: id, shape, ...order });
  }

  start(id: number, order: StartOrder): void {
    this.#send({ start: id, ...order });
  }

  tell(id: number, order: object): void {
    this.#send({ tell: id, order });
  }

  kill(id: number): void {
    this.#send({ kill: id });
  }

  /** Ends every sandbox and removes their groups. */
  async close(): Promise<void> {
    this.#isClosing = true;
    if (this.#child.connected) this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), END_WITHIN_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #shapeOf(spec: object): number {
    const key = JSON.stringify(spec);
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const number = ++this.#shapeNumbers;
    this.#shapes.set(key, number);
    this.#send({ shape: number, spec });
    return number;
  }

  #send(message: object): void {
    // a channel that is gone has ended every client already, or will in this turn
    if (this.#child.connected && !this.#isClosing) this.#child.send(message);
  }

  #hear(message: Message, handle: unknown): void {
    if (message.shape !== undefined) this.#forgetShape(message.shape);
    const client = message.id === undefined ? undefined : this.#clients.get(message.id);
    if (client === undefined || message.id === undefined) return;
    if (message.listener !== undefined) client.onListener(message.listener, handle as object);
    else if (message.connected !== undefined) client.onConnected(message.connected, handle);
    else if (message.ready !== undefined) client.onReady(message.ready);
    else if (message.say !== undefined) client.onSay(message.say);
    else if (message.failed !== undefined) client.onFailed(message.failed);
    else if (message.gone !== undefined) {
      this.#clients.delete(message.id);
      client.onGone(message.gone, message.left ?? []);
    }
  }

  /** It could not be built; whoever asks for it next tries again, since what it shows may be there by then. */
  #forgetShape(number: number): void {
    for (const [key, known] of this.#shapes) if (known === number) this.#shapes.delete(key);
  }

  #endAll(): void {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    for (const client of clients) client.onGone({ signal: 9 }, []);
  }
}

async function firstMessage(child: ChildProcess, stemFile: string): Promise<Message> {
  try {
    const exited = once(child, "exit").then(([code, signal]) => {
      throw new Error(`it ended with ${code ?? signal}`);
    });
    const message = once(child, "message", { signal: AbortSignal.timeout(START_WITHIN_MS) }) as Promise<[Message]>;
    exited.catch(() => {});
    const [first] = await Promise.race([message, exited]);
    return first;
  } catch (error) {
    child.kill("SIGKILL");
    throw new PlatformError("sandbox-unusable", `The launcher of sandboxes, ${stemFile}, did not start`, { cause: error });
  }
}
