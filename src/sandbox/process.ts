// The driver without isolation: plain processes of this user, for macOS and for development. It holds what can be held without
// namespaces and says what is not: no files, network, pids or /tmp limit; memory is polled; CPU is not shared.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LastWill } from "./last-will.ts";
import { Listeners } from "./listeners.ts";
import { ProcessSandbox } from "./process-sandbox.ts";
import { type EarlyProcess, startEarly } from "./process-spawn.ts";
import type { Enforced, Launch, Probe, Sandbox, SandboxDriver, SandboxPaths, Shape, Stem } from "./sandbox.ts";

export function probeProcess(): Promise<Probe> {
  return Promise.resolve({ usable: true, notes: ["no isolation: functions see this user's files, processes and network"] });
}

export class ProcessDriver implements SandboxDriver {
  readonly name = "process";
  readonly enforces: ReadonlySet<Enforced> = new Set(["memory", "freeze"]);
  readonly #alive = new Set<ProcessStem>();
  readonly #will = new LastWill();

  async prepare(shape: Shape, signal?: AbortSignal): Promise<Stem> {
    signal?.throwIfAborted();
    const stem = new ProcessStem(shape, this.#will, (ended) => this.#alive.delete(ended));
    this.#alive.add(stem);
    try {
      await stem.open();
    } catch (error) {
      await stem.discard();
      throw error;
    }
    return stem;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#alive].map((stem) => stem.discard()));
    this.#will.close();
  }
}

class ProcessStem implements Stem {
  readonly shape: Shape;
  readonly #will: LastWill;
  readonly #ended: (stem: ProcessStem) => void;
  readonly #listeners = new Listeners();
  readonly #ports = new Map<string, number>();
  #early: EarlyProcess | undefined;
  #sandbox: ProcessSandbox | undefined;
  #tmp = "";
  #isUsed = false;

  constructor(shape: Shape, will: LastWill, ended: (stem: ProcessStem) => void) {
    this.shape = shape;
    this.#will = will;
    this.#ended = ended;
  }

  async open(): Promise<void> {
    this.#tmp = await mkdtemp(join(tmpdir(), "lambent-tmp-"));
    this.#will.add(this.#tmp);
    for (const { name } of this.shape.listeners) this.#ports.set(name, await this.#listeners.open(name, { host: "127.0.0.1", port: 0 }));
    const paths = this.#paths("/");
    if (this.shape.early !== undefined) this.#early = await startEarly(this.shape.early.map(paths.mounted), this.#tmp, this.#will);
  }

  get isReady(): boolean {
    return !this.#isUsed;
  }

  address(listener: string): string {
    return `127.0.0.1:${this.#ports.get(listener)}`;
  }

  onConnection: Stem["onConnection"] = (listener, accept) => this.#listeners.onConnection(listener, accept);

  async start(launch: Launch): Promise<Sandbox> {
    this.#isUsed = true;
    const paths = this.#paths(launch.code, launch.layers);
    const release = () => this.#release();
    const sandbox = await ProcessSandbox.start({ launch, paths, early: this.#early, will: this.#will, release });
    this.#early = undefined;
    this.#sandbox = sandbox;
    return sandbox;
  }

  async discard(): Promise<void> {
    this.#isUsed = true;
    if (this.#sandbox !== undefined) {
      await this.#sandbox.stop();
      return;
    }
    await this.#early?.discard();
    await this.#release();
  }

  async #release(): Promise<void> {
    await this.#listeners.close();
    if (this.#tmp !== "") {
      await rm(this.#tmp, { recursive: true, force: true });
      this.#will.remove(this.#tmp);
    }
    this.#ended(this);
  }

  #paths(code: string, layers?: string): SandboxPaths {
    return { task: code, layers: layers ?? join(this.#tmp, "no-layers"), tmp: this.#tmp, mounted: (path) => onHost(this.shape, path) };
  }
}

/** "/var/lang/bin/node" → "/usr/local/bin/node", by the mount whose `to` is the longest prefix. */
export function onHost(shape: Pick<Shape, "mounts">, path: string): string {
  const covers = (to: string) => path === to || path.startsWith(`${to}/`);
  const mount = shape.mounts.filter((each) => covers(each.to)).sort((a, b) => b.to.length - a.to.length)[0];
  return mount === undefined ? path : mount.from + path.slice(mount.to.length);
}
