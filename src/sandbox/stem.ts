// The driver of choice on Linux: namespaces made ahead of time by our own launcher (native/stem), limits by control groups.

import { Groups } from "./groups.ts";
import { readProcessTable } from "./process-table.ts";
import type { Enforced, Sandbox, SandboxDriver, Shape, Stem } from "./sandbox.ts";
import { StemServer } from "./serve.ts";
import { addressesOf, type Outbound, specOf } from "./shape-spec.ts";
import { StemSandbox } from "./stem-sandbox.ts";
import { uidBase } from "./uids.ts";

/** A function that fills /tmp at 1 GB/s writes 25 MB in between: it must have so much of its memory left. */
const BALANCE_EVERY_MS = 25;
/** After which time nobody is held up any more by what is made for the next sandbox. */
const EXPECT_AFTER_MS = 25;

export interface StemOptions {
  /** The launcher's file (build-stem.ts). */
  readonly stemFile: string;
  readonly outbound?: Outbound | undefined;
  /** Which freezer to prefer where both exist; for tests. */
  readonly freezeBy?: 1 | 2 | "either";
}

export class StemDriver implements SandboxDriver {
  readonly name = "stem";
  readonly enforces: ReadonlySet<Enforced>;
  /** Limits that are looked at now and then, and may be passed in between. */
  readonly polled: readonly Enforced[];
  readonly #options: StemOptions;
  readonly #groups: Groups;
  readonly #sandboxes = new Set<StemSandbox>();
  #server: Promise<StemServer>;
  #balancing: NodeJS.Timeout | undefined;
  #expecting: NodeJS.Timeout | undefined;
  #ids = 0;
  #isClosed = false;

  static async open(options: StemOptions): Promise<StemDriver> {
    const server = await StemServer.start(options.stemFile);
    const groups = Groups.open(await readProcessTable(), options.freezeBy);
    return new StemDriver(options, server, groups);
  }

  private constructor(options: StemOptions, server: StemServer, groups: Groups) {
    this.#options = options;
    this.#groups = groups;
    const pids: Enforced[] = server.countsProcesses ? ["pids"] : [];
    this.enforces = new Set<Enforced>(["tmp", "network", "files", "memory", "freeze", ...pids, ...groups.enforces]);
    this.polled = groups.has("memory") ? [] : ["memory"];
    this.#server = Promise.resolve(server);
    this.#follow(server);
  }

  /** Why a limit is missing or polled. */
  get because(): readonly string[] {
    return this.#groups.because;
  }

  async prepare(shape: Shape, signal?: AbortSignal): Promise<Stem> {
    signal?.throwIfAborted();
    const server = await this.#server;
    const spec = specOf(shape, this.#options.outbound);
    const stem = new PreparedStem(
      shape,
      new StemSandbox({ server, groups: this.#groups, id: ++this.#ids, onAwake: () => this.#watchMemory() }),
    );
    this.#sandboxes.add(stem.sandbox);
    void stem.sandbox.gone.then(() => this.#sandboxes.delete(stem.sandbox));
    await stem.sandbox.prepare(spec, uidBase(server.isPrivileged));
    this.#expectNext(server);
    return stem;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#balancing);
    clearTimeout(this.#expecting);
    const server = await this.#server.catch(() => undefined);
    const gone = [...this.#sandboxes].map((sandbox) => sandbox.gone);
    await server?.close();
    await Promise.all(gone);
    this.#groups.close();
  }

  /** One is always on its way: who finds no ready stem need not wait until the kernel has let a process into its groups. */
  #expectNext(server: StemServer): void {
    clearTimeout(this.#expecting);
    const folders = () => this.#groups.folders(this.#ids + 1);
    const expect = () => server.expect(this.#ids + 1, folders());
    if (!this.#isClosed && folders().length > 0) this.#expecting = setTimeout(expect, EXPECT_AFTER_MS).unref();
  }

  /** As long as any sandbox runs: an idle server does not wake up for it. */
  #watchMemory(): void {
    if (this.#isClosed) return;
    this.#balancing ??= setInterval(() => this.#balanceMemory(), BALANCE_EVERY_MS).unref();
  }

  #balanceMemory(): void {
    const awake = [...this.#sandboxes].filter((sandbox) => sandbox.balanceMemory());
    if (awake.length > 0) return;
    clearInterval(this.#balancing);
    this.#balancing = undefined;
  }

  /** The launcher is not expected to end; when it does, its sandboxes are gone and the next ones get a new launcher. */
  #follow(server: StemServer): void {
    void server.ended.then(() => {
      if (this.#isClosed) return;
      clearTimeout(this.#expecting);
      this.#ids += 1; // the groups of the one that was expected may be there for a moment longer
      this.#groups.removeAll();
      this.#server = StemServer.start(this.#options.stemFile);
      this.#server.then(
        (next) => this.#follow(next),
        () => {}, // prepare() reports it, each time
      );
    });
  }
}

class PreparedStem implements Stem {
  readonly shape: Shape;
  readonly sandbox: StemSandbox;
  readonly #addresses: ReadonlyMap<string, string>;

  constructor(shape: Shape, sandbox: StemSandbox) {
    this.shape = shape;
    this.sandbox = sandbox;
    this.#addresses = addressesOf(shape.listeners);
  }

  get isReady(): boolean {
    return this.sandbox.isReady;
  }

  address(listener: string): string {
    return this.#addresses.get(listener) ?? "";
  }

  onConnection: Stem["onConnection"] = (listener, accept) => this.sandbox.listeners.onConnection(listener, accept);

  async start(launch: Parameters<Stem["start"]>[0]): Promise<Sandbox> {
    await this.sandbox.start(launch);
    return this.sandbox;
  }

  async discard(): Promise<void> {
    await this.sandbox.stop();
  }
}
