// An environment that serves several invocations at one time, each by a worker of its runtime (AWS: Lambda Managed Instances, which it follows).
// It is never frozen, never reset: a fault of its processes ends it with all that runs in it. A time-out ends one invocation and stops nothing.
//
// Discipline: as many slots are idle as workers wait, up to its concurrency; an invocation is over with its answer, and its slot is idle again when
// a worker asks for its next event. The environment ends with the last slot that the pool lets go.

import type { FunctionVersion } from "../functions/version.ts";
import type { RuntimeResponse } from "../runtime-api/runtime-event.ts";
import { SharedSession } from "../runtime-api/shared-session.ts";
import type { Subscription } from "../runtime-api/subscription.ts";
import { Deadline } from "./deadline.ts";
import type { EnvironmentLog } from "./environment-log.ts";
import type { EnvironmentOwner } from "./environment-owner.ts";
import { EnvironmentProcesses, type ProcessesListener } from "./environment-processes.ts";
import { openLog, prepareLaunch, sessionParts } from "./environment-start.ts";
import type { EndCause } from "./environment-state.ts";
import { type Fault, faultOfInitError, faultOfTimeout, INIT_ERROR_GRACE_MS } from "./fault.ts";
import { InitAccount } from "./init-account.ts";
import { fromResponse } from "./outcome.ts";
import type { InvokerParts } from "./ports.ts";
import type { Run } from "./run.ts";
import { SharedSlot } from "./shared-slot.ts";
import { Telemetry } from "./telemetry/telemetry.ts";
import { logStreamName } from "./variables.ts";

/** AWS: max(130 s, the function's time-out), at most 15 minutes. */
const INIT_MS_MIN = 130_000;
const INIT_MS_MAX = 900_000;
/** From the first worker's /next: the others are expected to follow, and the pool is told of all at once. */
const WORKERS_WITHIN_MS = 20;

export class SharedEnvironment implements ProcessesListener {
  readonly version: FunctionVersion;
  readonly #parts: InvokerParts;
  readonly #owner: EnvironmentOwner;
  readonly #processes: EnvironmentProcesses;
  readonly #log: EnvironmentLog;
  readonly #logStream: string;
  readonly #telemetry: Telemetry;
  readonly #init: InitAccount;
  readonly #initDeadline = new Deadline(() => this.#initExpired());
  readonly #bornMs = performance.now();
  readonly #slots: readonly SharedSlot[];
  #session!: SharedSession;
  #idleSinceMs: number;
  /** A first worker waits, or has. */
  #isInitialised = false;
  /** Why its init failed: what the one invocation that it still takes is answered. */
  #fault: Fault | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #stopping: Promise<void> | undefined;

  constructor(version: FunctionVersion, parts: InvokerParts, owner: EnvironmentOwner) {
    this.version = version;
    this.#parts = { ...parts, initialization: "lambda-managed-instances" };
    this.#owner = owner;
    const slots = version.maxConcurrency ?? 1;
    this.#slots = Array.from({ length: slots }, (_, index) => new SharedSlot(this, index === 0));
    this.#processes = new EnvironmentProcesses(version, this.#parts, this, (listener) => {
      this.#session = new SharedSession(listener, sessionParts(version, parts), slots);
      return this.#session;
    });
    this.#telemetry = new Telemetry(async (port) => this.#processes.process?.connect(port), parts.clock);
    this.#logStream = logStreamName(version, parts.clock.nowMs(), parts.random.hex(16));
    this.#log = openLog(version, this.#logStream, this.#telemetry, this.#parts);
    this.#init = new InitAccount(this.#log, this.#telemetry);
    this.#idleSinceMs = performance.now();
  }

  /** The slot that stands for it while it starts. */
  get first(): SharedSlot {
    return this.#slots[0]!;
  }

  get idleSinceMs(): number | undefined {
    return this.#slots.some(({ slotState }) => slotState === "busy") ? undefined : this.#idleSinceMs;
  }

  get isOld(): boolean {
    return performance.now() - this.#bornMs > this.#parts.settings.lifetimeMsMax;
  }

  // ── calls of the pool, by its slots ──────────────────────────────────────────────────────────────────────────────────────────────────

  async start(): Promise<void> {
    const runtime = await this.#parts.launchFor(this.version.runtime);
    this.#init.start(runtime);
    const prepared = await prepareLaunch(this.version, runtime, this.#logStream, this.#parts);
    if (this.#stopping !== undefined) return prepared.stem.discard();
    this.#init.processesStart();
    const { output, companionOutput } = await this.#processes.start(prepared);
    if (this.#stopping !== undefined) return this.#processes.stop();
    this.#log.capture(output, companionOutput);
    const initMs = Math.min(INIT_MS_MAX, Math.max(INIT_MS_MIN, this.version.timeoutMs));
    this.#initDeadline.set(this.#init.startedMs + initMs);
    this.#processes.watch();
  }

  begin(slot: SharedSlot, run: Run): void {
    run.startedMs = performance.now();
    run.phase = "running";
    this.#log.begin(run);
    if (this.#fault !== undefined) {
      this.#carryOn(this.#failAll(this.#fault));
      return;
    }
    slot.deadline.set(run.startedMs + this.version.timeoutMs);
    this.#processes.deliver(run.event(this.version.timeoutMs, this.#parts.random.uuid()));
  }

  /** Its invocation has had its time. Its code runs on, and keeps its worker. */
  expired(slot: SharedSlot): void {
    const { run } = slot;
    if (run?.phase !== "running") return;
    this.#session.expire(run.requestId);
    this.#carryOn(this.#fail(slot, run, faultOfTimeout(this.version.timeoutMs)));
  }

  /** The pool does not want this one any more. */
  async release(slot: SharedSlot, cause: EndCause): Promise<void> {
    if (slot.slotState === "gone") return this.#stopping;
    const isLast = !this.#slots.some((other) => other !== slot && other.isShown && other.slotState !== "gone");
    if (isLast || cause === "failure") return this.#end(cause);
    this.#leave(slot);
  }

  // ── what its processes say ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A worker waits: the first one ends the init. */
  onSettled(): void {
    if (!this.#isInitialised) this.#carryOn(this.#initialised());
    else if (this.#gathering === undefined || this.#session.parkedCount >= this.#slots.length) this.#offer();
  }

  onRuntimeReady(): void {
    this.#init.runtimeReady("init");
  }

  /** A worker does not wait any more. */
  onAway(): void {
    const idle = this.#slots.filter(({ slotState }) => slotState === "idle");
    const slot = idle[0];
    if (slot === undefined || idle.length <= this.#session.parkedCount) return;
    this.#withdraw(slot);
  }

  onResponse(response: RuntimeResponse, requestId: string | undefined): void {
    const slot = this.#slots.find(({ run }) => run?.requestId === requestId);
    const run = slot?.run;
    if (slot === undefined || run?.phase !== "running") return;
    run.stopClock(performance.now() - run.startedMs);
    const outcome = fromResponse(response, run.requestId);
    run.failure = outcome.failure;
    this.#answer(slot, run, outcome);
    this.#carryOn(this.#finish(slot, run));
  }

  onInitError(): void {
    this.#initDeadline.set(performance.now() + INIT_ERROR_GRACE_MS);
  }

  /** AWS: "unhealthy containers are terminated and replaced with new ones". */
  onFault(fault: Fault): void {
    this.#initDeadline.clear();
    this.#carryOn(this.#isInitialised ? this.#failAll(fault) : this.#failInit(fault));
  }

  onSubscription(name: string, subscription: Subscription): void {
    this.#log.subscribed(name, subscription);
    this.#telemetry.subscribe(name, subscription);
  }

  async onShutdown(): Promise<void> {
    await this.#log.settle();
    await this.#telemetry.flush(this.#parts.settings.shutdown.telemetryMs);
  }

  onFrozen(): void {} // it is never put to rest

  onBroken(message: string, error: unknown): void {
    this.#broken(message, error);
  }

  // ── its init ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #initialised(): Promise<void> {
    this.#isInitialised = true;
    this.#initDeadline.clear();
    this.#processes.process?.endBurst();
    this.#gathering = setTimeout(() => this.#offer(), WORKERS_WITHIN_MS);
    await this.#init.succeededAhead(this.#processes.extensions);
    if (this.#session.parkedCount >= this.#slots.length) this.#offer();
  }

  /** One invocation is let in, to be told. */
  async #failInit(fault: Fault): Promise<void> {
    if (this.#fault !== undefined) return;
    this.#fault = fault;
    const tell = this.#init.failed(fault.failure, this.#processes.extensions);
    await this.#processes.resetAfter(fault);
    await this.#log.settle();
    tell();
    if (this.#stopping === undefined) this.#show(this.first);
  }

  #initExpired(): void {
    const { initError } = this.#processes;
    this.onFault(initError === undefined ? faultOfTimeout(this.version.timeoutMs) : faultOfInitError(initError));
  }

  // ── slots ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** As many idle slots as there are workers that wait. */
  #offer(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    let missing = this.#session.parkedCount - this.#slots.filter(({ slotState }) => slotState === "idle").length;
    for (const slot of this.#slots) {
      if (missing <= 0 || this.#stopping !== undefined) return;
      const isFree = slot.slotState === "waiting" || (slot.slotState === "busy" && slot.run === undefined);
      if (!isFree) continue;
      missing--;
      this.#show(slot);
    }
  }

  #show(slot: SharedSlot): void {
    slot.isShown = true;
    slot.slotState = "idle";
    this.#idleSinceMs = performance.now();
    this.#owner.available(slot);
  }

  #withdraw(slot: SharedSlot): void {
    slot.slotState = "waiting";
    this.#owner.away(slot);
  }

  #leave(slot: SharedSlot): void {
    slot.slotState = "gone";
    slot.deadline.close();
    this.#owner.gone(slot);
  }

  // ── invocations ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #answer(slot: SharedSlot, run: Run, outcome: Parameters<Run["answer"]>[0]): void {
    if (this.#telemetry.isActive) run.answeredMs ??= performance.now();
    run.answer(outcome);
    this.#owner.answered(slot);
  }

  /** Reported, its slot waits for a worker, and may have one already. */
  async #finish(slot: SharedSlot, run: Run): Promise<void> {
    slot.deadline.clear();
    await this.#log.settle();
    const { process } = this.#processes;
    if (process !== undefined && !process.peak.isFresh(performance.now())) await process.readPeak();
    if (slot.run !== run) return;
    const record = run.record({ initMs: undefined, memoryPeakBytes: process?.peak.bytes ?? 0, endedAtMs: this.#parts.clock.nowMs() });
    this.#log.end(run, record);
    slot.run = undefined;
    if (!run.end(record)) this.#parts.onRecord(record, this.#parts.initialization);
    if (this.#fault === undefined && this.#processes.isSettled) this.#offer();
  }

  async #fail(slot: SharedSlot, run: Run, fault: Fault): Promise<void> {
    run.stopClock(fault.durationMs ?? performance.now() - run.startedMs);
    run.failure = fault.failure;
    this.#answer(slot, run, await fault.outcome(run.requestId));
    await this.#finish(slot, run);
  }

  async #failAll(fault: Fault): Promise<void> {
    this.#fault ??= fault;
    for (const slot of this.#slots.filter(({ slotState }) => slotState === "idle")) this.#withdraw(slot);
    const running = this.#slots.filter(({ run }) => run?.phase === "running");
    await Promise.all(running.map((slot) => this.#fail(slot, slot.run!, fault)));
    await this.#processes.resetAfter(fault);
    await this.#end("failure");
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #carryOn(work: Promise<void>): void {
    work.catch((error: unknown) => this.#broken("an environment failed", error));
  }

  #broken(message: string, error: unknown): void {
    if (this.#stopping !== undefined) return;
    this.#parts.warn(message, error);
    void this.#end("failure").catch((cause: unknown) => this.#parts.warn("an environment could not be ended", cause));
  }

  #end(cause: EndCause): Promise<void> {
    this.#stopping ??= this.#stop(cause);
    return this.#stopping;
  }

  async #stop(cause: EndCause): Promise<void> {
    clearTimeout(this.#gathering);
    this.#initDeadline.close();
    for (const { run } of this.#slots) run?.abort();
    for (const slot of this.#slots) slot.run = undefined;
    if (cause !== "failure") await this.#processes.shutDown();
    try {
      await this.#processes.stop();
    } finally {
      this.#log.close();
      for (const slot of this.#slots.filter(({ isShown, slotState }) => isShown && slotState !== "gone")) this.#leave(slot);
    }
  }
}
