// The driver for Linux machines where our own launcher cannot be built: bubblewrap makes the namespaces, and a small program of Node
// inside (bubblewrap-init.ts) opens the listeners. Weaker than stem: no filter of system calls, that program is in reach of the function,
// the whole sandbox is made at the start of the function, and early runtimes are started the ordinary way.

import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PlatformError } from "../lib/errors.ts";
import { loopbackAddresses } from "./bubblewrap-arguments.ts";
import { BubblewrapPlaces } from "./bubblewrap-places.ts";
import { BubblewrapSandbox } from "./bubblewrap-sandbox.ts";
import { Groups } from "./groups.ts";
import { Listeners } from "./listeners.ts";
import { readProcessTable } from "./process-table.ts";
import type { Enforced, Launch, Sandbox, SandboxDriver, Shape, Stem } from "./sandbox.ts";

const TRY_WITHIN_MS = 10_000;
/** bwrap and what starts it are programs of the system. */
const PROGRAM_VARIABLES = { PATH: "/usr/bin:/bin" };
const PLACES = ["/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap"];

export function findBubblewrap(): string | undefined {
  return PLACES.find((file) => existsSync(file));
}

export class BubblewrapDriver implements SandboxDriver {
  readonly name = "bubblewrap";
  readonly enforces: ReadonlySet<Enforced>;
  readonly polled: readonly Enforced[] = [];
  readonly #program: string;
  readonly #groups: Groups;
  readonly #stems = new Set<BubblewrapStem>();
  #ids = 0;

  /** Throws PlatformError when bubblewrap cannot make namespaces here: prepare() makes nothing, so it would not show. */
  static async open(program: string): Promise<BubblewrapDriver> {
    await tryOut(program);
    return new BubblewrapDriver(program, Groups.open(await readProcessTable()));
  }

  private constructor(program: string, groups: Groups) {
    this.#program = program;
    this.#groups = groups;
    this.enforces = new Set<Enforced>(["tmp", "network", "files", ...groups.enforces]);
  }

  /** Why a limit is missing. */
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

/** As a function's sandbox is made: of what lies in a folder that is closed to others, as data directories are. */
async function tryOut(program: string): Promise<void> {
  const closed = mkdtempSync(join(tmpdir(), "lambent-try-"));
  try {
    for (const name of ["places", "code"]) {
      mkdirSync(join(closed, name));
      chmodSync(join(closed, name), 0o755);
    }
    const places = new BubblewrapPlaces(join(closed, "places"), 0);
    await tryToShow(program, places.of(join(closed, "code")), places.command());
  } finally {
    rmSync(closed, { recursive: true, force: true });
  }
}

async function tryToShow(program: string, folder: string, before: readonly string[]): Promise<void> {
  const everything = [
    "--unshare-all",
    "--cap-drop",
    "ALL",
    "--uid",
    "993",
    "--gid",
    "993",
    "--ro-bind",
    "/",
    "/",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--ro-bind",
    folder,
    "/tmp",
  ];
  try {
    const [command = "", ...parameters] = [...before, program, ...everything, "true"];
    await promisify(execFile)(command, parameters, { timeout: TRY_WITHIN_MS, env: PROGRAM_VARIABLES });
  } catch (error) {
    const because = String((error as { stderr?: string }).stderr ?? error).trim();
    throw new PlatformError("sandbox-unusable", `bubblewrap cannot make a sandbox: ${because}`, { cause: error });
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
