// Environments that were started ahead for one version, as many as its owner asked for. They survive idleness, are replaced when they end, and
// are of use once all of them are there. Who finds none free goes to the pool of those on demand.
//
//   allocating ──▶ ready        failed: one of them could not initialise; nothing is tried until the owner asks again
//       └────────▶ failed
//
// Discipline: an environment is in exactly one of #starting, #idle, #busy or #away; only the methods below move it.

import type { FunctionVersion } from "../functions/version.ts";
import type { Environment } from "./environment.ts";
import type { EnvironmentOwner } from "./environment-owner.ts";
import type { EndCause } from "./environment-state.ts";
import type { MakeProvisioned } from "./make-environment.ts";
import type { PoolStats } from "./pool.ts";
import type { InvokerParts } from "./ports.ts";
import type { StartSlots } from "./start-slots.ts";

const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 60_000;
/** How often those that wait are looked at: one may have ended, or become too old, unnoticed. */
const LOOK_MS = 5_000;
/** AWS: max(130 s, the function's timeout), at most 15 minutes. */
const INIT_MS_MIN = 130_000;
const INIT_MS_MAX = 900_000;

export interface ProvisionedStatus {
  readonly status: "IN_PROGRESS" | "READY" | "FAILED";
  readonly allocated: number;
  readonly available: number;
}

export interface ProvisionedPoolParts {
  readonly slots: StartSlots;
  /** `inPlace` has changed. */
  readonly onChange: () => void;
  /** After retire(), when the last environment has gone. */
  readonly onEmpty: (pool: ProvisionedPool) => void;
}

type Serve = (environment: Environment | undefined) => void;

export class ProvisionedPool implements EnvironmentOwner<Environment> {
  readonly version: FunctionVersion;
  readonly #parts: InvokerParts;
  readonly #around: ProvisionedPoolParts;
  readonly #starting = new Set<Environment>();
  readonly #idle: Environment[] = [];
  readonly #busy = new Set<Environment>();
  readonly #away = new Set<Environment>();
  readonly #finishing = new Set<Environment>();
  readonly #waiting: Serve[] = [];
  #count = 0;
  #stamp: string | undefined;
  #phase: "allocating" | "ready" | "failed" = "allocating";
  #inPlace = 0;
  #queuedStarts = 0;
  #retryMs = RETRY_MS_MIN;
  #cancelRetry: (() => void) | undefined;
  #cancelLook: (() => void) | undefined;
  #retired: EndCause | undefined;

  constructor(version: FunctionVersion, parts: InvokerParts, around: ProvisionedPoolParts) {
    this.version = version;
    const initTimeoutMs = Math.min(INIT_MS_MAX, Math.max(INIT_MS_MIN, version.timeoutMs));
    this.#parts = { ...parts, initialization: "provisioned-concurrency", settings: { ...parts.settings, initTimeoutMs } };
    this.#around = around;
  }

  /** How many invocations it can take at one time: what admission leaves to it. 0 until all have been there once. */
  get inPlace(): number {
    return this.#inPlace;
  }

  get status(): ProvisionedStatus {
    const allocated = this.#idle.length + this.#busy.size + this.#away.size;
    const status = this.#phase === "failed" ? "FAILED" : this.#phase === "ready" ? "READY" : "IN_PROGRESS";
    return { status, allocated, available: this.#inPlace === 0 ? 0 : allocated };
  }

  get stats(): PoolStats {
    return { starting: this.#starting.size + this.#away.size, idle: this.#idle.length, busy: this.#busy.size, waiting: 0 };
  }

  /** `stamp` tells one request of the owner from the next: a failed allocation begins again. */
  resize(count: number, stamp: string): void {
    if (this.#count === count && this.#stamp === stamp) return;
    this.#count = count;
    this.#stamp = stamp;
    this.#phase = "allocating";
    this.#setInPlace(Math.min(this.#inPlace, count));
    for (const environment of this.#idle.splice(0, Math.max(0, this.#total - count))) void this.#end(environment, "spindown");
    this.#stopRetry();
    this.#fill();
    this.#cancelLook ??= this.#planLook();
  }

  /**
   * An environment for one invocation, to deliver to at once; undefined when the invocation has to go elsewhere.
   * `excess`: so many are to stay unused for now (Admission.excess).
   */
  take(excess: number): Environment | Promise<Environment | undefined> | undefined {
    if (this.#busy.size + excess < this.#inPlace) {
      const environment = this.#idle.pop();
      if (environment !== undefined) return this.#occupy(environment);
    }
    return this.#finishing.size > this.#waiting.length && excess === 0 ? this.#wait() : undefined;
  }

  /** What runs is let to its end; nothing new is taken. */
  retire(cause: EndCause): void {
    this.#retired ??= cause;
    this.#setInPlace(0);
    this.#stopTimers();
    for (const serve of this.#waiting.splice(0)) serve(undefined);
    for (const environment of [...this.#idle.splice(0), ...this.#starting, ...this.#away]) void this.#end(environment, cause);
    this.#leaveIfEmpty();
  }

  /** All of them, at once. */
  async stop(cause: EndCause): Promise<void> {
    const all = [...this.#idle, ...this.#starting, ...this.#away, ...this.#busy];
    this.retire(cause);
    await Promise.all(all.map((environment) => this.#end(environment, cause)));
  }

  // ── what environments report ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  available(environment: Environment): void {
    const isFirst = this.#starting.has(environment);
    const isGood = environment.state !== "reset";
    this.#forget(environment);
    if (isFirst && !isGood) this.#initFailed();
    if (!isGood || environment.isOld || this.#retired !== undefined || this.#total >= this.#count) {
      void this.#end(environment, this.#retired ?? "spindown");
      return;
    }
    const serve = this.#waiting.shift();
    if (serve !== undefined) serve(this.#occupy(environment));
    else this.#idle.push(environment);
    if (this.status.allocated >= this.#count) this.#complete();
  }

  answered(environment: Environment): void {
    if (this.#busy.has(environment)) this.#finishing.add(environment);
  }

  away(environment: Environment): void {
    this.#forget(environment);
    this.#away.add(environment);
  }

  gone(environment: Environment): void {
    if (this.#starting.has(environment) && this.#retired === undefined) this.#retryLater(); // it never came to anything
    this.#forget(environment);
    this.#fill();
    this.#leaveIfEmpty();
  }

  // ── starting ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  get #total(): number {
    return this.#starting.size + this.#idle.length + this.#busy.size + this.#away.size;
  }

  #fill(): void {
    if (this.#retired !== undefined || this.#phase === "failed" || this.#cancelRetry !== undefined) return;
    for (let left = this.#count - this.#total - this.#queuedStarts; left > 0; left--) this.#queueStart();
    if (this.status.allocated >= this.#count) this.#complete();
  }

  #queueStart(): void {
    this.#queuedStarts++;
    this.#around.slots.take(async (release) => {
      const make = await this.#loaded();
      this.#queuedStarts--;
      const isWanted = this.#retired === undefined && this.#phase !== "failed" && this.#total < this.#count;
      if (isWanted && make !== undefined) await this.#start(make);
      else if (isWanted) this.#retryLater();
      release();
      this.#fill();
      this.#leaveIfEmpty();
    });
  }

  /** Never rejects; undefined when our own files cannot be read now. */
  async #loaded(): Promise<MakeProvisioned | undefined> {
    try {
      return (await import("./make-environment.ts")).makeProvisioned;
    } catch (error) {
      this.#parts.warn("what makes environments could not be loaded", error);
      return undefined;
    }
  }

  /** Never rejects: what the platform cannot start is tried again after a while. */
  async #start(make: MakeProvisioned): Promise<void> {
    const environment = make(this.version, this.#parts, this);
    this.#starting.add(environment);
    try {
      await environment.start();
    } catch (error) {
      this.#parts.warn(`a provisioned environment of ${this.version.functionArn}:${this.version.version} could not be started`, error);
      await this.#end(environment, "failure");
    }
  }

  /** The function is at fault. Those that serve already are not ended for one that could not replace another. */
  #initFailed(): void {
    if (this.#phase === "ready") this.#retryLater();
    else this.#phase = "failed";
    if (this.#inPlace > 0) return;
    for (const environment of [...this.#idle.splice(0), ...this.#starting, ...this.#away]) void this.#end(environment, "failure");
  }

  #complete(): void {
    this.#phase = "ready";
    this.#retryMs = RETRY_MS_MIN;
    this.#setInPlace(this.#count);
  }

  #setInPlace(count: number): void {
    if (this.#inPlace === count) return;
    this.#inPlace = count;
    this.#around.onChange();
  }

  #retryLater(): void {
    const { clock } = this.#parts;
    this.#cancelRetry ??= clock.at(clock.nowMs() + this.#retryMs, () => {
      this.#cancelRetry = undefined;
      this.#fill();
    });
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
  }

  // ── keeping ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #planLook(): () => void {
    const { clock } = this.#parts;
    return clock.at(clock.nowMs() + LOOK_MS, () => {
      for (const environment of [...this.#idle]) {
        if (environment.isOld || environment.state === "reset") void this.#replace(environment);
      }
      this.#cancelLook = this.#planLook();
    });
  }

  #replace(environment: Environment): Promise<void> {
    this.#forget(environment);
    return this.#end(environment, "spindown");
  }

  #occupy(environment: Environment): Environment {
    this.#busy.add(environment);
    return environment;
  }

  /** For one that has answered and is free in a moment. */
  #wait(): Promise<Environment | undefined> {
    return new Promise((resolve) => {
      const serve: Serve = (environment) => {
        clearTimeout(timer);
        resolve(environment);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(serve), 1);
        resolve(undefined);
      }, this.#parts.settings.finishGraceMs);
      this.#waiting.push(serve);
    });
  }

  #forget(environment: Environment): void {
    for (const set of [this.#starting, this.#busy, this.#away, this.#finishing]) set.delete(environment);
    const at = this.#idle.indexOf(environment);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  async #end(environment: Environment, cause: EndCause): Promise<void> {
    try {
      await environment.stop(cause);
    } catch (error) {
      this.#parts.warn(`a provisioned environment of ${this.version.functionArn} could not be ended`, error);
    }
  }

  #stopRetry(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = undefined;
    this.#retryMs = RETRY_MS_MIN;
  }

  #stopTimers(): void {
    this.#stopRetry();
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  #leaveIfEmpty(): void {
    if (this.#retired !== undefined && this.#total + this.#queuedStarts === 0) this.#around.onEmpty(this);
  }
}
