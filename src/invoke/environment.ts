// One execution environment: a sandbox, the runtime in it, and at most one invocation at a time. It is moved by four kinds of events: calls of
// the pool (start, deliver, stop), calls of the runtime (RuntimeListener), the end of the runtime process, and its deadline.
//
// Discipline: everything runs on one thread and every event handler leaves a whole state behind; after each await the state is looked at again.
// The log's order is kept by awaiting settle() before END, and by becoming idle only after REPORT.

import type { FunctionVersion } from "../functions/version.ts";
import { ServiceError } from "../lib/errors.ts";
import type { RuntimeInitError, RuntimeListener, RuntimeResponse } from "../runtime-api/runtime-event.ts";
import { RuntimeSession } from "../runtime-api/runtime-session.ts";
import type { Exit } from "../sandbox/sandbox.ts";
import { Deadline } from "./deadline.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import type { EnvironmentOwner } from "./environment-owner.ts";
import { listenInside, openLog, prepareLaunch, sessionParts } from "./environment-start.ts";
import { type EndCause, type EnvironmentState, move } from "./environment-state.ts";
import { type Fault, faultOfExit, faultOfInitError, faultOfTimeout } from "./fault.ts";
import type { Invocation, InvocationResult } from "./invocation.ts";
import type { Failure } from "./log-lines.ts";
import { fromResponse, type Outcome } from "./outcome.ts";
import type { CodeDirectories, InvokerParts } from "./ports.ts";
import type { InvocationRecord } from "./report.ts";
import { Run } from "./run.ts";
import { RuntimeProcess } from "./runtime-process.ts";
import { logStreamName } from "./variables.ts";

/** After /init/error the runtime is expected to exit by itself. */
const INIT_ERROR_GRACE_MS = 500;
/** A runtime whose parked /next was closed must ask again within this time. */
const AWAY_MS_MAX = 10_000;
/** AWS: for internal extensions only. */
const SHUTDOWN_MS = 500;

export class Environment implements RuntimeListener {
  readonly version: FunctionVersion;
  readonly #parts: InvokerParts;
  readonly #owner: EnvironmentOwner;
  readonly #session: RuntimeSession;
  readonly #log: EnvironmentLog;
  readonly #logStream: string;
  readonly #deadline = new Deadline(() => this.#onDeadline());
  readonly #bornMs = performance.now();
  #state: EnvironmentState = { name: "starting" };
  #process: RuntimeProcess | undefined;
  #code: CodeDirectories | undefined;
  #run: Run | undefined;
  #initStartMs = 0;
  /** Of a successful first init, until the first REPORT has told it. */
  #initMs: number | undefined;
  #isInitDone = false;
  /** Until the old processes are gone, a parked /next may be theirs. */
  #isRestarting = false;
  #initError: RuntimeInitError | undefined;
  #stopping: Promise<void> | undefined;

  constructor(version: FunctionVersion, parts: InvokerParts, owner: EnvironmentOwner) {
    this.version = version;
    this.#parts = parts;
    this.#owner = owner;
    this.#session = new RuntimeSession(this, sessionParts(version, parts));
    this.#logStream = logStreamName(version, parts.clock.nowMs(), parts.random.hex(16));
    this.#log = openLog(version, this.#logStream, parts);
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
    return this.#run?.phase === "ending";
  }

  // ── calls of the pool ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Resolves when its runtime process was started; the owner hears when it is available. Rejects if the platform could not: stop() it then. */
  async start(): Promise<void> {
    const runtime = await this.#parts.launchFor(this.version.runtime);
    this.#log.initStart(runtime);
    const { stem, launch, code } = await prepareLaunch(this.version, runtime, this.#logStream, this.#parts);
    this.#code = code;
    if (this.#stopping !== undefined) return stem.discard();
    listenInside(stem, this.#parts.services, this.version, (socket) => this.#session.connect(socket));
    this.#initStartMs = performance.now();
    await this.#adopt(await RuntimeProcess.start(stem, launch, this.#processEvents(), this.#parts.settings.freezeAfterMs));
  }

  /** Only to an available environment, which is busy from then on. `onEnd` is called once the environment is done with it. */
  deliver(invocation: Invocation, onEnd: (record: InvocationRecord | undefined) => void): Promise<InvocationResult> {
    const run = new Run(invocation, onEnd);
    this.#run = run;
    const waking = this.#process?.wake();
    if (waking === undefined) this.#begin(run);
    else this.#carryOn(waking.then(() => this.#woken()));
    return run.answered;
  }

  /** At once, whatever it does; an invocation in it ends with a platform error. */
  stop(cause: EndCause): Promise<void> {
    this.#stopping ??= this.#stop(cause);
    return this.#stopping;
  }

  // ── calls of the runtime ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

  onReady(): void {
    if (this.#state.name === "starting") this.#initialised();
    else if (this.#run?.phase === "init") this.#initialisedAgain(this.#run);
    else if (this.#run?.phase === "running") this.#ended(this.#run);
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

  onInitError(error: RuntimeInitError): void {
    this.#initError = error;
    this.#deadline.set(performance.now() + INIT_ERROR_GRACE_MS);
  }

  // ── start ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #adopt(process: RuntimeProcess): Promise<void> {
    this.#process = process;
    if (this.#stopping !== undefined) return process.stop();
    this.#log.capture(process.output);
    this.#deadline.set(this.#initStartMs + this.#parts.settings.initTimeoutMs);
    process.watch();
    if (this.#session.isParked) this.#initialised();
  }

  #processEvents() {
    return {
      onEnd: (exit: Exit) => this.#onExit(exit),
      onFrozen: () => {
        if (this.#state.name === "idle") this.#become({ name: "frozen", sinceMs: this.#state.sinceMs });
      },
      onLost: () => this.#fail("a sandbox went away", undefined),
    };
  }

  /** The first /next is parked, or one that had been away again. */
  #initialised(): void {
    if (this.#process === undefined) return; // #adopt looks again
    if (!this.#isInitDone && this.#parts.initialization !== undefined) {
      this.#carryOn(this.#initialisedAhead());
      return;
    }
    this.#deadline.clear();
    if (!this.#isInitDone) this.#initMs = performance.now() - this.#initStartMs;
    this.#isInitDone = true;
    this.#process.endBurst();
    this.#rest({ name: "idle", sinceMs: this.#parts.clock.nowMs() });
  }

  /** No REPORT will tell of its init. */
  async #initialisedAhead(): Promise<void> {
    const durationMs = performance.now() - this.#initStartMs;
    this.#isInitDone = true;
    await this.#log.settle();
    this.#log.initReport(durationMs, "init");
    if (this.#state.name === "starting" && this.#session.isParked) this.#initialised();
  }

  /** Waits for work. A reset one has no runtime: what may be left of the old one gets no CPU. */
  #rest(state: EnvironmentState): void {
    this.#become(state);
    if (this.#state.name === "idle") this.#process?.rest();
    else if (this.#state.name === "reset") this.#process?.freezeNow();
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
    this.#initError = undefined;
    this.#isRestarting = true;
    this.#session.open();
    await this.#process?.restart();
    this.#isRestarting = false;
    this.#initialisedAgain(run);
  }

  #initialisedAgain(run: Run): void {
    if (run.phase === "init" && this.#session.isParked && !this.#isRestarting) this.#handOver(run);
  }

  #handOver(run: Run): void {
    run.phase = "running";
    this.#log.begin(run.requestId, run.tail);
    this.#session.deliver(run.event(this.version.timeoutMs, this.#parts.random.uuid()));
  }

  /** The runtime is ready again. */
  #ended(run: Run): void {
    run.stopClock(performance.now() - run.startedMs);
    this.#carryOn(this.#finish(run));
  }

  #answer(run: Run, outcome: Outcome): void {
    run.answer(outcome);
    this.#owner.answered(this);
  }

  /** The invocation is over and its clock has stopped: its output is read to the end, then it is reported. */
  async #finish(run: Run): Promise<void> {
    this.#deadline.clear();
    await this.#log.settle();
    const peak = this.#process?.peak;
    if (peak !== undefined && !peak.isFresh(performance.now())) await this.#process?.readPeak();
    if (this.#run === run) this.#report(run);
  }

  #report(run: Run): void {
    const endedAtMs = this.#parts.clock.nowMs();
    const record = run.record({ initMs: this.#initMs, memoryPeakBytes: this.#process?.peak.bytes ?? 0, endedAtMs });
    this.#initMs = undefined;
    this.#log.end(record);
    this.#run = undefined;
    run.end(record);
    this.#parts.onRecord(record);
    this.#afterRun();
  }

  #afterRun(): void {
    const sinceMs = this.#parts.clock.nowMs();
    if (!this.#session.isOpen) this.#rest({ name: "reset", sinceMs });
    else if (this.#session.isParked) this.#rest({ name: "idle", sinceMs });
    else this.#becomeAway();
  }

  /** No /next is parked any more: it is waited for, as at the start. */
  #becomeAway(): void {
    this.#become({ name: "starting" });
    this.#deadline.set(performance.now() + AWAY_MS_MAX);
  }

  // ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The runtime process ended by itself. */
  #onExit(exit: Exit): void {
    this.#session.close();
    if (exit.kind === "out-of-memory") this.#process?.peak.reached(this.version.memoryMb * 1024 * 1024);
    this.#failed(faultOfExit(exit, this.#initError, this.#code));
  }

  /** Too slow, or it said /init/error and did not exit. */
  #onDeadline(): void {
    const run = this.#run;
    const isOver = run !== undefined && performance.now() - run.startedMs >= this.version.timeoutMs;
    const isTimeout = this.#initError === undefined || isOver;
    this.#failed(isTimeout ? faultOfTimeout(this.version.timeoutMs) : faultOfInitError(this.#initError!));
  }

  /** What it was doing has failed, and what is left of its processes ends. */
  #failed(fault: Fault): void {
    const run = this.#run;
    if (this.#state.name === "starting") this.#carryOn(this.#failStart(fault));
    else if (run?.phase === "init" || run?.phase === "running") this.#carryOn(this.#failRun(run, fault));
    else if (this.#state.name === "idle" || this.#state.name === "frozen") this.#become({ name: "reset", sinceMs: this.#state.sinceMs });
  }

  async #failStart({ failure }: Fault): Promise<void> {
    this.#deadline.clear();
    const durationMs = performance.now() - this.#initStartMs;
    const isFirst = !this.#isInitDone;
    this.#isInitDone = true;
    await this.#kill();
    this.#process?.endBurst();
    await this.#log.settle();
    if (isFirst) this.#log.initReport(durationMs, "init", failure);
    this.#rest({ name: "reset", sinceMs: this.#parts.clock.nowMs() });
  }

  async #failRun(run: Run, { failure, durationMs, outcome }: Fault): Promise<void> {
    const isSuppressedInit = run.phase === "init";
    run.stopClock(durationMs ?? performance.now() - run.startedMs);
    run.failure = failure;
    this.#answer(run, await outcome(run.requestId));
    await this.#kill();
    if (isSuppressedInit) await this.#reportSuppressedInit(run, failure);
    await this.#finish(run);
  }

  async #reportSuppressedInit(run: Run, failure: Failure): Promise<void> {
    await this.#log.settle();
    this.#log.initReport(run.durationMs, "invoke", failure);
    this.#log.begin(run.requestId, run.tail);
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Rejects if it hangs in the kernel. */
  async #kill(): Promise<void> {
    this.#session.close();
    await this.#process?.kill();
  }

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
    // Extensions are what entitles a runtime to SIGTERM and time to end; without them AWS kills at once.
    if (this.#session.isOpen && this.#session.extensions.count > 0 && cause !== "failure") await this.#process?.terminate(SHUTDOWN_MS);
    this.#session.close();
    const run = this.#run;
    this.#run = undefined;
    run?.abort(new ServiceError("ServiceException", 500, "The execution environment ended before the invocation did."));
    try {
      await this.#process?.stop();
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
