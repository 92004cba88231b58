// What is told of an environment's init, the first one and those inside invocations, and how long the first one took.

import type { Extension } from "../runtime-api/extension.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import type { Failure, InitPhase, StartedRuntime } from "./log-lines.ts";
import type { Telemetry } from "./telemetry/telemetry.ts";

export class InitAccount {
  readonly #log: EnvironmentLog;
  readonly #telemetry: Telemetry;
  #runtime: StartedRuntime | undefined;
  #startedMs = 0;
  #isDone = false;
  #untoldMs: number | undefined;
  #isRuntimeTold = false;

  constructor(log: EnvironmentLog, telemetry: Telemetry) {
    this.#log = log;
    this.#telemetry = telemetry;
  }

  /** The first one is over, however it ended. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** When its processes were started, in performance.now(). */
  get startedMs(): number {
    return this.#startedMs;
  }

  get #elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  start(runtime: StartedRuntime): void {
    this.#runtime = runtime;
    this.#log.initStart(runtime, "init");
  }

  processesStart(): void {
    this.#startedMs = performance.now();
  }

  /** The runtime waits; extensions may still be at work. */
  runtimeReady(phase: InitPhase, failure?: Failure): void {
    if (!this.#isRuntimeTold) this.#log.initRuntimeDone(phase, failure);
    this.#isRuntimeTold = true;
  }

  /** The next REPORT tells how long it took. */
  succeeded(extensions: readonly Extension[]): void {
    this.#untoldMs = this.#elapsedMs;
    this.runtimeReady("init");
    this.#log.initReport(this.#untoldMs, "init", { isLogged: false });
    this.#over(extensions);
  }

  /** No REPORT will tell of it. Resolves with how long it took. */
  async succeededAhead(extensions: readonly Extension[]): Promise<number> {
    const durationMs = this.#elapsedMs;
    this.runtimeReady("init");
    await this.#log.settle();
    this.#log.initReport(durationMs, "init", { isLogged: true });
    this.#over(extensions);
    return durationMs;
  }

  /** Answers what tells of it once what was printed has been written. */
  failed(failure: Failure, extensions: readonly Extension[]): () => void {
    if (this.#isDone) return () => {}; // it was a /next that had gone away
    const durationMs = this.#elapsedMs;
    this.runtimeReady("init", failure);
    this.#over(extensions);
    return () => this.#log.initReport(durationMs, "init", { failure, isLogged: true });
  }

  /** Suppressed init: in an invocation's own time. */
  startAgain(): void {
    this.#isRuntimeTold = false;
    this.#telemetry.restart();
    if (this.#runtime !== undefined) this.#log.initStart(this.#runtime, "invoke");
  }

  succeededAgain(durationMs: number, extensions: readonly Extension[]): void {
    this.runtimeReady("invoke");
    this.#log.initReport(durationMs, "invoke", { isLogged: false });
    this.#over(extensions);
  }

  failedAgain(durationMs: number, failure: Failure): void {
    this.#log.initReport(durationMs, "invoke", { failure, isLogged: true });
    this.#telemetry.initOver();
  }

  /** Once: for the first REPORT after a first init that succeeded. */
  takeMs(): number | undefined {
    const untoldMs = this.#untoldMs;
    this.#untoldMs = undefined;
    return untoldMs;
  }

  #over(extensions: readonly Extension[]): void {
    this.#log.extensions(extensions);
    this.#isDone = true;
    this.#telemetry.initOver();
  }
}
