// The environments of one revision of one function version: hands them out, most recently used first, starts more when invocations wait, and
// ends those that nobody needs. An invocation that finds none waits here, in order.
//
// Discipline: an environment is in exactly one of #starting, #idle (available) or #busy; only the methods below move it.

import type { FunctionVersion } from "../functions/version.ts";
import type { Clock } from "../lib/clock.ts";
import { ServiceError } from "../lib/errors.ts";
import type { EnvironmentOwner, PooledEnvironment } from "./environment-owner.ts";
import type { EndCause } from "./environment-state.ts";
import type { Recipient } from "./invocation.ts";
import type { InvokerParts } from "./ports.ts";
import { throttled } from "./quota.ts";
import { decideStarts, decideStops, type Occupancy } from "./scaling.ts";
import type { StartBudgets } from "./start-budgets.ts";
import type { StartSlots } from "./start-slots.ts";

/** What a pool needs of the data plane itself. */
export type PoolParts = Pick<InvokerParts, "settings" | "warn">;

export interface Starts {
  readonly slots: StartSlots;
  readonly budgets: StartBudgets;
  /** Called before each start; resolves when there is room for one more environment. */
  makeRoom(): Promise<void>;
  make(version: FunctionVersion, owner: EnvironmentOwner): PooledEnvironment;
  /** Of passing time. */
  readonly clock: Clock;
}

interface Waiter {
  readonly serve: (environment: PooledEnvironment) => void;
  readonly fail: (error: unknown) => void;
}

export interface PoolStats {
  readonly starting: number;
  readonly idle: number;
  readonly busy: number;
  readonly waiting: number;
}

export class Pool implements EnvironmentOwner {
  readonly version: FunctionVersion;
  readonly #parts: PoolParts;
  readonly #starts: Starts;
  readonly #onEmpty: (pool: Pool) => void;
  readonly #starting = new Set<PooledEnvironment>();
  readonly #busy = new Set<PooledEnvironment>();
  /** Answered ones among the busy, with the time of the answer, oldest first: expected to be available in a moment. */
  readonly #finishing = new Map<PooledEnvironment, number>();
  /** Longest idle first; taken from the end. */
  readonly #idle: PooledEnvironment[] = [];
  readonly #waiting: Waiter[] = [];
  #queuedStarts = 0;
  #stopGrace: (() => void) | undefined;
  #cancelSweep: (() => void) | undefined;
  #retired: EndCause | undefined;

  constructor(version: FunctionVersion, parts: PoolParts, starts: Starts, onEmpty: (pool: Pool) => void) {
    this.version = version;
    this.#parts = parts;
    this.#starts = starts;
    this.#onEmpty = onEmpty;
  }

  get stats(): PoolStats {
    return { starting: this.#starting.size, idle: this.#idle.length, busy: this.#busy.size, waiting: this.#waiting.length };
  }

  /** Environments that there are, and since when the one that waits longest has waited. */
  get occupancy(): Occupancy {
    return { count: this.#starting.size + this.#idle.length + this.#busy.size, idleSinceMs: this.#idle[0]?.idleSinceMs };
  }

  /** The one that waits longest, which another function's takes the place of. */
  async endLongestIdle(): Promise<void> {
    const environment = this.#idle.shift();
    if (environment !== undefined) await this.#end(environment, "spindown");
    this.#leaveIfEmpty();
  }

  /** An available environment, now or later; it is the caller's to deliver to, at once. Rejects when `recipient` has gone or none can be started. */
  acquire(recipient: Recipient | undefined): PooledEnvironment | Promise<PooledEnvironment> {
    const environment = this.#takeIdle();
    if (environment === undefined) return this.#wait(recipient);
    this.#busy.add(environment);
    return environment;
  }

  /** Nothing new is started for its own sake: waiting and running invocations are served, then the environments end. */
  retire(cause: EndCause): void {
    this.#retired ??= cause;
    for (const environment of this.#idle.splice(0)) void this.#end(environment, cause);
    this.#leaveIfEmpty();
  }

  /** All of them, at once. */
  async stop(cause: EndCause): Promise<void> {
    this.#retired ??= cause;
    const all = [...this.#starting, ...this.#busy, ...this.#idle.splice(0)];
    for (const waiter of this.#waiting.splice(0)) waiter.fail(new ServiceError("ServiceException", 500, "The server is stopping."));
    await Promise.all(all.map((environment) => this.#end(environment, cause)));
  }

  // ── what environments report ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  available(environment: PooledEnvironment): void {
    this.#starting.delete(environment);
    this.#busy.delete(environment);
    this.#finishing.delete(environment);
    const waiter = environment.isOld ? undefined : this.#waiting.shift();
    if (waiter !== undefined) {
      this.#busy.add(environment);
      waiter.serve(environment);
    } else if (this.#retired !== undefined || environment.isOld) {
      void this.#end(environment, this.#retired ?? "spindown");
    } else {
      this.#shelve(environment);
    }
  }

  answered(environment: PooledEnvironment): void {
    if (this.#busy.has(environment)) this.#finishing.set(environment, this.#starts.clock.nowMs());
  }

  away(environment: PooledEnvironment): void {
    const at = this.#idle.indexOf(environment);
    if (at >= 0) this.#idle.splice(at, 1);
    if (!this.#busy.has(environment)) this.#starting.add(environment);
  }

  gone(environment: PooledEnvironment): void {
    this.#starting.delete(environment);
    this.#busy.delete(environment);
    this.#finishing.delete(environment);
    const at = this.#idle.indexOf(environment);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#scale();
    this.#leaveIfEmpty();
  }

  #takeIdle(): PooledEnvironment | undefined {
    for (;;) {
      const environment = this.#idle.pop();
      if (environment === undefined || !environment.isOld) return environment;
      void this.#end(environment, "spindown");
    }
  }

  // ── waiting ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #wait(recipient: Recipient | undefined): Promise<PooledEnvironment> {
    return new Promise((serve, fail) => {
      const waiter: Waiter = { serve, fail };
      this.#waiting.push(waiter);
      if (recipient !== undefined) whenGone(recipient, () => this.#forget(waiter, recipient));
      this.#scale();
    });
  }

  /** If it still waits. */
  #forget(waiter: Waiter, recipient: Recipient): void {
    const at = this.#waiting.indexOf(waiter);
    if (at < 0) return;
    this.#waiting.splice(at, 1);
    waiter.fail(recipient.signal.reason);
  }

  // ── growing and shrinking ────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #scale(): void {
    const snapshot = {
      waiting: this.#waiting.length,
      starting: this.#starting.size + this.#queuedStarts,
      finishing: this.#finishing.size,
    };
    for (let left = decideStarts(snapshot, this.#perEnvironment); left > 0; left--) {
      if (this.#starts.budgets.spend(this.version.functionId)) this.#queueStart();
      else this.#waiting.pop()?.fail(throttled("FunctionInvocationRateLimitExceeded")); // the last to come
    }
    if (this.#finishing.size > 0 && this.#waiting.length > 0) this.#lookAgain();
  }

  /** Environments that were answered but do not become available in time are no longer counted upon. */
  #lookAgain(): void {
    const { clock } = this.#starts;
    this.#stopGrace ??= clock.at(clock.nowMs() + this.#parts.settings.finishGraceMs, () => {
      this.#stopGrace = undefined;
      const tooOldMs = clock.nowMs() - this.#parts.settings.finishGraceMs;
      for (const [environment, sinceMs] of this.#finishing) {
        if (sinceMs <= tooOldMs && !environment.isReporting) this.#finishing.delete(environment);
      }
      this.#scale();
    });
  }

  #queueStart(): void {
    this.#queuedStarts++;
    this.#starts.slots.take((release) => {
      this.#queuedStarts--;
      if (this.#waiting.length > this.#starting.size * this.#perEnvironment) void this.#start().finally(release);
      else {
        this.#starts.budgets.giveBack(this.version.functionId);
        release();
      }
      this.#leaveIfEmpty();
    });
  }

  async #start(): Promise<void> {
    const environment = this.#starts.make(this.version, this);
    this.#starting.add(environment);
    try {
      await this.#starts.makeRoom();
      await environment.start();
    } catch (error) {
      this.#parts.warn(`an environment of ${this.version.functionArn} could not be started`, error);
      this.#waiting.shift()?.fail(startFailure(error));
      void this.#end(environment, "failure");
    }
  }

  /** Invocations that one start makes room for. */
  get #perEnvironment(): number {
    return this.version.maxConcurrency ?? 1;
  }

  #shelve(environment: PooledEnvironment): void {
    if (environment.state === "reset")
      this.#idle.unshift(environment); // last choice: it must be started again first
    else this.#idle.push(environment);
    this.#cancelSweep ??= this.#planSweep();
  }

  #planSweep(): () => void {
    const { clock } = this.#starts;
    return clock.at(clock.nowMs() + Math.max(this.#parts.settings.keepIdleMs / 4, 100), () => this.#sweep());
  }

  #sweep(): void {
    this.#cancelSweep = undefined;
    const idleSinceMs = this.#idle.map((environment) => environment.idleSinceMs ?? Number.POSITIVE_INFINITY);
    const snapshot = { nowMs: this.#starts.clock.nowMs(), waiting: this.#waiting.length, idleSinceMs };
    const stops = decideStops(snapshot, this.#parts.settings.keepIdleMs);
    for (const environment of this.#idle.splice(0, stops)) void this.#end(environment, "spindown");
    if (this.#idle.length > 0) this.#cancelSweep = this.#planSweep();
  }

  /** Never rejects: what could not be ended is told to the operator, and must not keep the others from ending. */
  async #end(environment: PooledEnvironment, cause: EndCause): Promise<void> {
    try {
      await environment.stop(cause);
    } catch (error) {
      this.#parts.warn(`an environment of ${this.version.functionArn} could not be ended`, error);
    }
  }

  #leaveIfEmpty(): void {
    if (this.#starting.size + this.#busy.size + this.#idle.length + this.#waiting.length + this.#queuedStarts > 0) return;
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    this.#stopGrace?.();
    this.#stopGrace = undefined;
    this.#onEmpty(this);
  }
}

function whenGone(recipient: Recipient, call: () => void): void {
  if (recipient.onGone !== undefined) recipient.onGone(call);
  else if (recipient.signal.aborted) call();
  else recipient.signal.addEventListener("abort", call, { once: true });
}

function startFailure(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  return new ServiceError("ServiceException", 500, "The execution environment could not be started.", { cause: error });
}
