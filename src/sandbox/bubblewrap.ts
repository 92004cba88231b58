// The driver for Linux machines where our own launcher cannot be built: bubblewrap makes the namespaces, and a small program of Node
// inside (bubblewrap-init.ts) opens the listeners. Weaker than stem: no filter of system calls, that program is in reach of the function,
// the whole sandbox is made at the start of the function, and early runtimes are started the ordinary way.

import { existsSync } from "node:fs";
import { loopbackAddresses } from "./bubblewrap-arguments.ts";
import { BubblewrapSandbox } from "./bubblewrap-sandbox.ts";
import { Groups } from "./groups.ts";
import { Listeners } from "./listeners.ts";
import { readProcessTable } from "./process-table.ts";
import type { Enforced, Launch, Sandbox, SandboxDriver, Shape, Stem } from "./sandbox.ts";

const PLACES = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"];

export function findBubblewrap(): string | undefined {
  return PLACES.find((file) => existsSync(file));
}

export class BubblewrapDriver implements SandboxDriver {
  readonly name = "bubblewrap";
  readonly enforces: ReadonlySet<Enforced>;
  readonly #program: string;
  readonly #groups: Groups;
  readonly #stems = new Set<BubblewrapStem>();
  #ids = 0;

  static async open(program: string): Promise<BubblewrapDriver> {
    return new BubblewrapDriver(program, Groups.open(await readProcessTable()));
  }

  private constructor(program: string, groups: Groups) {
    this.#program = program;
    this.#groups = groups;
    this.enforces = new Set<Enforced>(["tmp", "network", "files", ...groups.enforces]);
  }

  /** Why a limit of `enforces` is missing. */
  get because(): readonly string[] {
    return this.#groups.because;
  }

  async prepare(shape: Shape, signal?: AbortSignal): Promise<Stem> {
    signal?.throwIfAborted();
    const parts = { program: this.#program, groups: this.#groups, id: ++this.#ids };
    const stem = new BubblewrapStem(shape, parts, () => this.#stems.delete(stem));
    this.#stems.add(stem);
    return stem;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#stems].map((stem) => stem.discard()));
    this.#groups.close();
  }
}

export interface BubblewrapParts {
  readonly program: string;
  readonly groups: Groups;
  readonly id: number;
}

class BubblewrapStem implements Stem {
  readonly shape: Shape;
  readonly #parts: BubblewrapParts;
  readonly #ended: () => void;
  readonly #listeners = new Listeners();
  readonly #accepts = new Map<string, Parameters<Stem["onConnection"]>[1]>();
  readonly #addresses: ReadonlyMap<string, string>;
  #sandbox: BubblewrapSandbox | undefined;
  #isUsed = false;

  constructor(shape: Shape, parts: BubblewrapParts, ended: () => void) {
    this.shape = shape;
    this.#parts = parts;
    this.#ended = ended;
    this.#addresses = loopbackAddresses(shape.listeners);
  }

  get isReady(): boolean {
    return !this.#isUsed;
  }

  address(listener: string): string {
    return this.#addresses.get(listener) ?? "";
  }

  /** The listeners themselves exist only from start() on. */
  onConnection: Stem["onConnection"] = (listener, accept) => void this.#accepts.set(listener, accept);

  async start(launch: Launch): Promise<Sandbox> {
    this.#isUsed = true;
    const { shape } = this;
    const sandbox = new BubblewrapSandbox(this.#parts, this.#listeners, () => this.#ended());
    this.#sandbox = sandbox;
    await sandbox.start({ shape, launch, addresses: this.#addresses, accepts: this.#accepts });
    return sandbox;
  }

  async discard(): Promise<void> {
    this.#isUsed = true;
    if (this.#sandbox !== undefined) await this.#sandbox.stop();
    else this.#ended();
  }
}
