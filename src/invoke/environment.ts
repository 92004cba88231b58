// One execution environment: its processes, and at most one invocation at a time. It is moved by three kinds of events: calls of the pool
// (start, deliver, stop), what its processes say and do (ProcessesListener), and its deadline.
//
// Discipline: everything runs on one thread and every event handler leaves a whole state behind; after each await the state is looked at again.
// The log's order is kept by awaiting settle() before END, and by becoming idle only after REPORT.

import type { FunctionVersion } from "../functions/version.ts";
import type { RuntimeResponse } from "../runtime-api/runtime-event.ts";
import type { Subscription } from "../runtime-api/subscription.ts";
import { Deadline } from "./deadline.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import type { EnvironmentOwner, PooledEnvironment } from "./environment-owner.ts";
import { EnvironmentProcesses, type ProcessesListener } from "./environment-processes.ts";
import { openLog, prepareLaunch } from "./environment-start.ts";
import { type EndCause, type EnvironmentState, move } from "./environment-state.ts";
import { type Fault, faultOfInitError, faultOfTimeout, INIT_ERROR_GRACE_MS } from "./fault.ts";
import { InitAccount } from "./init-account.ts";
import type { Invocation, InvocationResult } from "./invocation.ts";
import type { Failure } from "./log-lines.ts";
import { fromResponse, type Outcome } from "./outcome.ts";
import { statusOf } from "./platform-records.ts";
import type { InvokerParts } from "./ports.ts";
import type { InvocationRecord } from "./report.ts";
import { Run } from "./run.ts";
import { Telemetry } from "./telemetry/telemetry.ts";
import { logStreamName } from "./variables.ts";

const ERROR: Failure = { status: "error" };
/** A runtime whose parked /next was closed must ask again within this time. */
const AWAY_MS_MAX = 10_000;

export class Environment implements ProcessesListener, PooledEnvironment {
  readonly version: FunctionVersion;
  readonly #parts: InvokerParts;
  readonly #owner: EnvironmentOwner<Environment>;
  readonly #processes: EnvironmentProcesses;
  readonly #log: EnvironmentLog;
  readonly #telemetry: Telemetry;
  readonly #init: InitAccount;
  readonly #logStream: string;
  readonly #deadline = new Deadline(() => this.#onDeadline());
  readonly #bornMs = performance.now();
  #state: EnvironmentState = { name: "starting" };
  #run: Run | undefined;
  /** It has failed, and what is left of its processes is being ended, for which extensions have time. */
  #isFailing = false;
  #stopping: Promise<void> | undefined;

  constructor(version: FunctionVersion, parts: InvokerParts, owner: EnvironmentOwner<Environment>) {
    this.version = version;
    this.#parts = parts;
    this.#owner = owner;
    this.#processes = new EnvironmentProcesses(version, parts, this);
    this.#logStream = logStreamName(version, parts.clock.nowMs(), parts.random.hex(16));
    this.#telemetry = new Telemetry(async (port) => this.#processes.process?.connect(port), parts.clock);
    this.#log = openLog(version, this.#logStream, this.#telemetry, parts);
    this.#init = new InitAccount(this.#log, this.#telemetry);
  }

  get state(): EnvironmentState["name"] {
    return this.#state.name;
  }

  /** Since when it waits for work, in Clock's milliseconds; undefined while it does not wait. */
  get idleSinceMs(): number | undefined {
    return "sinceMs" in this.#state ? this.#state.sinceMs : undefined;
  }

  /** Its role's credentials would expire before long: it takes no more work. */
  get isOld(): boolean {
    return performance.now() - this.#bornMs > this.#parts.settings.lifetimeMsMax;
  }

  /** Its invocation is over and is only being reported. */
  get isReporting(): boolean {
    return this.#run?.phase === "ending" && !this.#isFailing;
  }

  // ── calls of the pool ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Resolves when its runtime process was started; the owner hears when it is available. Rejects if the platform could not: stop() it then. */
  async start(): Promise<void> {
    const runtime = await this.#parts.launchFor(this.version.runtime);
    this.#init.start(runtime);
    const prepared = await prepareLaunch(this.version, runtime, this.#logStream, this.#parts);
    if (this.#stopping !== undefined) return prepared.stem.discard();
    this.#init.processesStart();
    const { output, companionOutput } = await this.#processes.start(prepared);
    if (this.#stopping !== undefined) return this.#processes.stop();
    this.#log.capture(output, companionOutput);
    this.#deadline.set(this.#init.startedMs + this.#parts.settings.initTimeoutMs);
    this.#processes.watch();
  }

  /** Only to an available environment, which is busy from then on. `onEnd` is called once the environment is done with it. */
  deliver(invocation: Invocation, onEnd: (record: InvocationRecord | undefined) => void): Promise<InvocationResult> {
    const run = new Run(invocation, onEnd);
    this.#run = run;
    const waking = this.#processes.process?.wake();
    if (waking === undefined) this.#begin(run);
    else this.#carryOn(waking.then(() => this.#woken()));
    return run.answered;
  }

  /** At once, whatever it does; an invocation in it ends with a platform error. */
  stop(cause: EndCause): Promise<void> {
    this.#stopping ??= this.#stop(cause);
    return this.#stopping;
  }

  // ── what its processes say ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  onSettled(): void {
    if (this.#state.name === "starting") this.#initialised();
    else if (this.#run?.phase === "init") this.#handOver(this.#run);
    else if (this.#run?.phase === "running") this.#ended(this.#run);
  }

  /** Extensions that wait for telemetry hear of it now: some do before they are at /next themselves. */
  onRuntimeReady(): void {
    const run = this.#run;
    if (run?.phase === "running") run.runtimeMs ??= performance.now() - run.startedMs;
    if (!this.#telemetry.isActive) return;
    if (this.#state.name === "starting") this.#init.runtimeReady("init");
    else if (run?.phase === "init") this.#init.runtimeReady("invoke");
    else if (run?.phase === "running") this.#carryOn(this.#tellRuntimeDone(run));
  }

  onSubscription(name: string, subscription: Subscription): void {
    this.#log.subscribed(name, subscription);
    this.#telemetry.subscribe(name, subscription);
  }

  async onShutdown(): Promise<void> {
    await this.#log.settle();
    await this.#telemetry.flush(this.#parts.settings.shutdown.telemetryMs);
  }

  onAway(): void {
    if (this.#state.name === "frozen") this.#become({ name: "idle", sinceMs: this.#state.sinceMs });
    if (this.#state.name !== "idle") return; // while a report is written, #afterRun looks
    this.#becomeAway();
    if (this.#run === undefined) this.#owner.away(this);
  }

  onResponse(response: RuntimeResponse): void {
    const run = this.#run;
    if (run?.phase !== "running") return;
    this.#answer(run, fromResponse(response, run.requestId));
  }

  onInitError(): void {
    this.#deadline.set(performance.now() + INIT_ERROR_GRACE_MS);
  }

  onFrozen(): void {
    if (this.#state.name === "idle") this.#become({ name: "frozen", sinceMs: this.#state.sinceMs });
  }

  onBroken(message: string, error: unknown): void {
    this.#fail(message, error);
  }

  /** What it was doing has failed, and what is left of its processes ends. */
  onFault(fault: Fault): void {
    const run = this.#run;
    if (this.#state.name === "starting") this.#carryOn(this.#failStart(fault));
    else if (run?.phase === "init" || run?.phase === "running") this.#carryOn(this.#failRun(run, fault));
    else if (this.#state.name === "idle" || this.#state.name === "frozen") this.#failIdle(this.#state.sinceMs);
  }

  // ── start ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** All are at /next, for the first time or after one that had gone away. */
  #initialised(): void {
    if (this.#isFailing) return;
    if (!this.#init.isDone && this.#parts.initialization !== undefined) {
      this.#carryOn(this.#initialisedAhead());
      return;
    }
    this.#deadline.clear();
    if (!this.#init.isDone) this.#init.succeeded(this.#processes.extensions);
    this.#rest({ name: "idle", sinceMs: performance.now() });
    // after the event went out, which may be waited for
    if (this.#stopping === undefined) this.#processes.process?.endBurst();
  }

  async #initialisedAhead(): Promise<void> {
    const durationMs = await this.#init.succeededAhead(this.#processes.extensions);
    this.#parts.onInitialised?.(this.version, durationMs);
    if (this.#state.name === "starting" && this.#processes.isSettled) this.#initialised();
  }

  /** Waits for work. A reset one has no runtime: what may be left of the old one gets no CPU. */
  #rest(state: EnvironmentState): void {
    this.#become(state);
    if (this.#state.name === "idle") this.#processes.process?.rest();
    else if (this.#state.name === "reset") this.#processes.process?.freezeNow();
    else return;
    if (this.#run === undefined) this.#owner.available(this);
    else this.#begin(this.#run); // it was lost to the runtime while it was being woken
  }

  // ── an invocation, from delivery to its report ───────────────────────────────────────────────────────────────────────────────────────

  #woken(): void {
    if (this.#state.name === "frozen") this.#become({ name: "idle", sinceMs: this.#state.sinceMs });
    if (this.#run !== undefined && this.#state.name !== "starting") this.#begin(this.#run);
  }

  #begin(run: Run): void {
    const isReset = this.#state.name === "reset";
    this.#become({ name: "busy", requestId: run.requestId });
    if (this.#state.name !== "busy") return;
    run.startedMs = performance.now();
    this.#deadline.set(run.startedMs + this.version.timeoutMs);
    if (isReset) this.#carryOn(this.#startAgain(run));
    else this.#handOver(run);
  }

  /** Suppressed init: inside the function's time-out, without INIT_START and Init Duration. */
  async #startAgain(run: Run): Promise<void> {
    run.phase = "init";
    this.#init.startAgain();
    await this.#processes.restart();
  }

  #handOver(run: Run): void {
    if (run.phase === "init") this.#init.succeededAgain(performance.now() - run.startedMs, this.#processes.extensions);
    run.phase = "running";
    this.#log.begin(run);
    this.#processes.deliver(run.event(this.version.timeoutMs, this.#parts.random.uuid()));
  }

  /** The runtime is ready again, and so are its extensions. */
  #ended(run: Run): void {
    run.stopClock(performance.now() - run.startedMs);
    this.#carryOn(this.#finish(run));
  }

  #answer(run: Run, outcome: Outcome): void {
    if (this.#telemetry.isActive) run.answeredMs ??= performance.now();
    run.answer(outcome);
    this.#owner.answered(this);
  }

  async #tellRuntimeDone(run: Run, failure = run.isError ? ERROR : undefined): Promise<void> {
    run.runtimeMs ??= performance.now() - run.startedMs;
    await this.#log.settle();
    this.#log.runtimeDone(run, failure);
  }

  /** The invocation is over and its clock has stopped: its output is read to the end, then it is reported. */
  async #finish(run: Run): Promise<void> {
    this.#deadline.clear();
    await this.#log.settle();
    const { process } = this.#processes;
    if (process !== undefined && !process.peak.isFresh(performance.now())) await process.readPeak();
    if (this.#run === run) this.#report(run);
  }

  #report(run: Run): void {
    const endedAtMs = this.#parts.clock.nowMs();
    const { hasExtensions } = this.#processes;
    const record = run.record({
      initMs: this.#init.takeMs(),
      memoryPeakBytes: this.#processes.process?.peak.bytes ?? 0,
      endedAtMs,
      hasExtensions,
    });
    this.#log.runtimeDone(run, statusOf(record));
    this.#log.end(run, record);
    this.#run = undefined;
    if (!run.end(record)) this.#parts.onRecord(record, this.#parts.initialization);
    this.#afterRun();
  }

  #afterRun(): void {
    const sinceMs = performance.now();
    if (!this.#processes.hasRuntime) this.#rest({ name: "reset", sinceMs });
    else if (this.#processes.isSettled) this.#rest({ name: "idle", sinceMs });
    else this.#becomeAway();
  }

  /** No /next is parked any more: it is waited for, as at the start. */
  #becomeAway(): void {
    this.#become({ name: "starting" });
    this.#deadline.set(performance.now() + AWAY_MS_MAX);
  }

  // ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Too slow, or it said /init/error and did not exit. */
  #onDeadline(): void {
    const run = this.#run;
    const isOver = run !== undefined && performance.now() - run.startedMs >= this.version.timeoutMs;
    const { initError } = this.#processes;
    const isTimeout = initError === undefined || isOver;
    this.onFault(isTimeout ? faultOfTimeout(this.version.timeoutMs) : faultOfInitError(initError));
  }

  async #failStart(fault: Fault): Promise<void> {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#deadline.clear();
    const tell = this.#init.failed(fault.failure, this.#processes.extensions);
    this.#processes.process?.endBurst();
    await this.#processes.resetAfter(fault);
    await this.#log.settle();
    tell();
    this.#isFailing = false;
    this.#rest({ name: "reset", sinceMs: performance.now() });
  }

  async #failRun(run: Run, fault: Fault): Promise<void> {
    const isSuppressedInit = run.phase === "init";
    this.#deadline.clear();
    run.stopClock(fault.durationMs ?? performance.now() - run.startedMs);
    run.failure = fault.failure;
    this.#answer(run, await fault.outcome(run.requestId));
    if (isSuppressedInit) this.#log.extensions(this.#processes.extensions);
    this.#isFailing = true;
    if (this.#telemetry.isActive && !isSuppressedInit) await this.#tellRuntimeDone(run, fault.failure);
    await this.#processes.resetAfter(fault);
    this.#isFailing = false;
    if (isSuppressedInit) await this.#reportSuppressedInit(run, fault.failure);
    await this.#finish(run);
  }

  /** Nobody waits for an answer, and the next invocation ends what is left. */
  #failIdle(sinceMs: number): void {
    this.#processes.close();
    this.#become({ name: "reset", sinceMs });
  }

  async #reportSuppressedInit(run: Run, failure: Failure): Promise<void> {
    await this.#log.settle();
    this.#init.failedAgain(run.durationMs, failure);
    this.#log.begin(run);
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What an event set going ends here; a failure of ours costs this environment, not the program. */
  #carryOn(work: Promise<void>): void {
    work.catch((error: unknown) => this.#fail("an environment failed", error));
  }

  /** The platform is at fault, or the machine: the environment ends, and the invocation in it with an error. */
  #fail(message: string, error: unknown): void {
    if (this.#stopping !== undefined) return;
    this.#parts.warn(message, error);
    void this.stop("failure").catch((cause: unknown) => this.#parts.warn("an environment could not be ended", cause));
  }

  async #stop(cause: EndCause): Promise<void> {
    this.#become({ name: "stopping", cause });
    this.#deadline.close();
    const run = this.#run;
    this.#run = undefined;
    run?.abort();
    if (cause !== "failure") await this.#processes.shutDown();
    try {
      await this.#processes.stop();
    } finally {
      this.#log.close();
      this.#become({ name: "gone", cause });
      this.#owner.gone(this);
    }
  }

  #become(state: EnvironmentState): void {
    this.#state = move(this.#state, state);
  }
}
