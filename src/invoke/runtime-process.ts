// The processes of one sandbox as something that is started, killed, started again, put to rest and woken. It knows nothing of invocations.

import type { Socket } from "node:net";
import { PlatformError } from "../lib/errors.ts";
import type { Exit, Launch, Sandbox, SandboxOutput, Stem } from "../sandbox/sandbox.ts";
import { Deadline } from "./deadline.ts";
import { PeakMemory } from "./peak-memory.ts";

/** From SIGKILL to the end of the process; longer means that it hangs in the kernel. */
const KILL_MS_MAX = 10_000;

export interface ProcessEvents {
  /** The runtime ended by itself. Not called for an end by kill(), restart() or stop(). */
  onEnd(exit: Exit): void;
  /** An extension ended, or could not be started. Not called while companionsEnded() waits for it. */
  onCompanionEnd(name: string, exit: Exit): void;
  /** It has rested long enough: frozen until wake(). */
  onFrozen(): void;
  /** The whole sandbox went away unasked. */
  onLost(): void;
}

interface RuntimeProcessOptions {
  readonly events: ProcessEvents;
  readonly freezeAfterMs: number;
}

export class RuntimeProcess {
  readonly peak = new PeakMemory();
  readonly #events: ProcessEvents;
  readonly #command: Launch["command"];
  readonly #sandbox: Sandbox;
  readonly #freezeAfterMs: number;
  readonly #rest = new Deadline(() => this.#freeze());
  #freezing: Promise<void> | undefined;
  #killed: (() => void) | undefined;
  /** Those that run. */
  readonly #companions = new Set<string>();
  readonly #companionNames: readonly string[];
  #companionEnded: (() => void) | undefined;
  #isAlive: boolean;
  #isStopping = false;

  /** Rejects if the sandbox could not be set up; the stem is used up either way. */
  static async start(
    stem: Stem,
    launch: Launch,
    companionNames: readonly string[],
    options: RuntimeProcessOptions,
  ): Promise<RuntimeProcess> {
    return new RuntimeProcess(await stem.start(launch), launch, companionNames, options);
  }

  private constructor(
    sandbox: Sandbox,
    launch: Launch,
    companionNames: readonly string[],
    { events, freezeAfterMs }: RuntimeProcessOptions,
  ) {
    this.#sandbox = sandbox;
    this.#command = launch.command;
    this.#events = events;
    this.#freezeAfterMs = freezeAfterMs;
    this.#companionNames = companionNames;
    this.#isAlive = companionNames.length === 0;
    for (const name of companionNames) this.#companions.add(name);
  }

  get output(): SandboxOutput {
    return this.#sandbox.output;
  }

  get companionOutput(): SandboxOutput | undefined {
    return this.#sandbox.companionOutput;
  }

  /** Begins to report events; an end that came before is reported now. */
  watch(): void {
    this.#sandbox.onRuntimeEnd((exit) => this.#ended(exit));
    this.#sandbox.onCompanionEnd((name, exit) => this.#companionDied(name, exit));
    void this.#sandbox.gone.then(() => {
      if (!this.#isStopping) this.#events.onLost();
    });
  }

  /** AWS gives a function a burst of CPU while it initialises; then its share by memory. */
  endBurst(): void {
    this.#sandbox.holdToShare();
  }

  /** SIGKILL to the runtime; what it started is frozen with the rest and ends at restart or stop. */
  async kill(): Promise<void> {
    if (!this.#isAlive) return;
    let timer: NodeJS.Timeout | undefined;
    const ended = new Promise<void>((resolve) => {
      this.#killed = resolve;
    });
    const tooLate = new Promise<void>((_, reject) => {
      const error = new PlatformError("sandbox-hangs", "a killed runtime process did not end");
      timer = setTimeout(() => reject(error), KILL_MS_MAX);
    });
    this.#sandbox.signal("SIGKILL");
    await Promise.race([ended, tooLate]).finally(() => clearTimeout(timer));
  }

  /** To what listens inside; undefined where nobody does. */
  connect(port: number): Promise<Socket | undefined> {
    return this.#sandbox.connect(port);
  }

  /** Once the extensions have registered. */
  async startRuntime(): Promise<void> {
    this.#isAlive = true;
    await this.#sandbox.startRuntime();
  }

  /** Resolves when these have ended by themselves, or the time is over. */
  async companionsEnded(names: readonly string[], withinMs: number): Promise<void> {
    const isOver = () => !names.some((name) => this.#companions.has(name));
    if (isOver()) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
      this.#companionEnded = () => {
        if (isOver()) resolve();
      };
    });
    clearTimeout(timer);
    this.#companionEnded = undefined;
  }

  /** SIGTERM, and up to `withinMs` for the runtime to end by itself. */
  async terminate(withinMs: number): Promise<void> {
    if (!this.#isAlive) return;
    await this.wake();
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#killed = resolve;
      timer = setTimeout(resolve, withinMs);
      this.#sandbox.signal("SIGTERM");
    });
    clearTimeout(timer);
  }

  /** Everything inside ends and starts again, the runtime by startRuntime() where there are extensions; /tmp stays. */
  async restart(): Promise<void> {
    this.#isAlive = this.#companionNames.length === 0;
    for (const name of this.#companionNames) this.#companions.add(name);
    await this.wake();
    await this.#sandbox.restart(this.#command);
  }

  /** Nothing to do: frozen after a while. */
  rest(): void {
    this.#rest.set(performance.now() + this.#freezeAfterMs);
  }

  /** undefined where nothing has to be waited for. */
  wake(): Promise<void> | undefined {
    this.#rest.clear();
    const freezing = this.#freezing;
    if (freezing === undefined) return undefined;
    this.#freezing = undefined;
    return freezing.then(() => this.#sandbox.thaw());
  }

  freezeNow(): void {
    this.#rest.clear();
    this.#freeze();
  }

  /** undefined where nothing has to be waited for. */
  readPeak(): Promise<void> | undefined {
    return this.peak.read(this.#sandbox);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#rest.close();
    await this.#sandbox.stop();
  }

  #freeze(): void {
    if (this.#freezing !== undefined || this.#isStopping) return;
    this.#freezing = this.#sandbox.freeze().catch(() => {}); // an unfrozen idle function only costs CPU
    if (this.#isAlive) this.#events.onFrozen();
  }

  #companionDied(name: string, exit: Exit): void {
    this.#companions.delete(name);
    if (this.#companionEnded !== undefined) this.#companionEnded();
    else if (!this.#isStopping) this.#events.onCompanionEnd(name, exit);
  }

  #ended(exit: Exit): void {
    this.#isAlive = false;
    const killed = this.#killed;
    this.#killed = undefined;
    if (killed !== undefined) killed();
    else if (!this.#isStopping) this.#events.onEnd(exit);
  }
}
