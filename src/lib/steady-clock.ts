// Time for what lasts: leases, delays, ages, retention. The machine's clock can be set (NTP, an operator, a virtual machine that is moved), and
// an hour's step must neither hold messages back for an hour nor end all leases at once. So a step is left out, and made good little by little.
//
//   machine  ──────┐          ┌ the step back          this clock  ──────┐
//                  └──────────┴──────                                    └── goes on, 10 % slower until both agree again
//
// Time that the machine slept through is no step: it has passed for everybody.

import { uptime } from "node:os";
import type { Clock } from "./clock.ts";

/** Smaller ones are followed: waiting for them costs less than being apart. */
const STEP_MS = 1_000;
/** How much of the time that passes is used for coming together: leases last 10 % longer or shorter meanwhile. */
const SLEW = 0.1;

export interface Readings {
  readonly machine: Clock;
  /** Never set, does not count sleep. */
  steadyMs(): number;
  /** Never set, counts sleep. */
  sinceBootMs(): number;
}

export function readingsOf(machine: Clock): Readings {
  return { machine, steadyMs: () => performance.now(), sinceBootMs: () => uptime() * 1_000 };
}

export interface SteadyClockOptions {
  /** `byMs` is positive for a clock that was set forward. */
  readonly onStep?: (byMs: number) => void;
  /** False: somebody else corrects this clock (a database's, of a cluster). */
  readonly comesTogether?: boolean;
}

export class SteadyClock implements Clock {
  readonly #readings: Readings;
  readonly #options: SteadyClockOptions;
  #machineMs: number;
  #steadyMs: number;
  /** Since boot, as of the last step. */
  #sleptMs: number;
  /** What is to be added to the machine's clock. */
  #aheadMs = 0;

  constructor(readings: Readings, options: SteadyClockOptions = {}) {
    this.#readings = readings;
    this.#options = options;
    this.#machineMs = readings.machine.nowMs();
    this.#steadyMs = readings.steadyMs();
    this.#sleptMs = readings.sinceBootMs() - this.#steadyMs;
  }

  nowMs(): number {
    const machineMs = this.#readings.machine.nowMs();
    const steadyMs = this.#readings.steadyMs();
    const passedMs = steadyMs - this.#steadyMs;
    const steppedMs = machineMs - this.#machineMs - passedMs;
    this.#machineMs = machineMs;
    this.#steadyMs = steadyMs;
    if (Math.abs(steppedMs) > STEP_MS) this.#leaveOut(steppedMs);
    else if (this.#aheadMs !== 0) this.#comeTogether(passedMs);
    return machineMs + Math.round(this.#aheadMs);
  }

  at(dueMs: number, call: () => void): () => void {
    const { machine } = this.#readings;
    return machine.at(machine.nowMs() + dueMs - this.nowMs(), call);
  }

  /** It has been that late already: the machine's clock was set back while nobody looked. */
  notBefore(ms: number): void {
    const lateMs = ms - this.nowMs();
    if (lateMs <= STEP_MS) return;
    this.#aheadMs += lateMs;
    this.#options.onStep?.(-lateMs);
  }

  #leaveOut(steppedMs: number): void {
    const sleptMs = this.#readings.sinceBootMs() - this.#steadyMs;
    const stepMs = steppedMs - Math.max(0, sleptMs - this.#sleptMs);
    this.#sleptMs = sleptMs;
    if (Math.abs(stepMs) <= STEP_MS) return; // it slept
    this.#aheadMs -= stepMs;
    this.#options.onStep?.(stepMs);
  }

  #comeTogether(passedMs: number): void {
    if (this.#options.comesTogether === false) return;
    const nearerMs = Math.min(Math.abs(this.#aheadMs), passedMs * SLEW);
    this.#aheadMs -= Math.sign(this.#aheadMs) * nearerMs;
  }
}
