// The processes of one environment as something that is started, killed, started again, put to rest and woken. It knows nothing of invocations.

import { PlatformError } from "../lib/errors.ts";
import type { Exit, Launch, Sandbox, SandboxOutput, Stem } from "../sandbox/sandbox.ts";
import { Deadline } from "./deadline.ts";
import { PeakMemory } from "./peak-memory.ts";

/** From SIGKILL to the end of the process; longer means that it hangs in the kernel. */
const KILL_MS_MAX = 1000;

export interface ProcessEvents {
  /** The runtime ended by itself. Not called for an end by kill(), restart() or stop(). */
  onEnd(exit: Exit): void;
  /** It has rested long enough: frozen until wake(). */
  onFrozen(): void;
  /** The whole sandbox went away unasked. */
  onLost(): void;
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
  #isAlive = true;
  #isStopping = false;

  /** Rejects if the sandbox could not be set up; the stem is used up either way. */
  static async start(stem: Stem, launch: Launch, events: ProcessEvents, freezeAfterMs: number): Promise<RuntimeProcess> {
    return new RuntimeProcess(await stem.start(launch), launch, events, freezeAfterMs);
  }

  private constructor(sandbox: Sandbox, launch: Launch, events: ProcessEvents, freezeAfterMs: number) {
    this.#sandbox = sandbox;
    this.#command = launch.command;
    this.#events = events;
    this.#freezeAfterMs = freezeAfterMs;
  }

  get output(): SandboxOutput {
    return this.#sandbox.output;
  }

  /** Begins to report events; an end that came before is reported now. */
  watch(): void {
    this.#sandbox.onRuntimeEnd((exit) => this.#ended(exit));
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

  /** SIGTERM, and up to `withinMs` for the runtime to end by itself. */
  async terminate(withinMs: number): Promise<void> {
    if (!this.#isAlive) return;
    this.#isStopping = true;
    await this.wake();
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#killed = resolve;
      timer = setTimeout(resolve, withinMs);
      this.#sandbox.signal("SIGTERM");
    });
    clearTimeout(timer);
  }

  /** Everything inside ends and the runtime starts again; /tmp stays. */
  async restart(): Promise<void> {
    this.#isAlive = true;
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

  #ended(exit: Exit): void {
    this.#isAlive = false;
    const killed = this.#killed;
    this.#killed = undefined;
    if (killed !== undefined) killed();
    else if (!this.#isStopping) this.#events.onEnd(exit);
  }
}
