// How many invocations may run at one time. Exact: a permit is given back when the environment is done, not when the caller is answered; a caller
// who comes between the two waits that moment instead of being throttled.

import { ServiceError } from "../lib/errors.ts";

export interface Permit {
  /** The caller has its answer: the permit will be free in a moment. */
  answered(): void;
  release(): void;
}

export interface AdmissionLimits {
  readonly concurrencyMax: number;
  readonly graceMs: number;
}

interface Waiter {
  readonly admit: () => void;
  readonly refuse: () => void;
}

export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #waiters: Waiter[] = [];
  #inUse = 0;
  #answered = 0;
  #onDrained: (() => void) | undefined;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get inUse(): number {
    return this.#inUse;
  }

  /** Throws TooManyRequestsException, at once or after the grace. */
  admit(): Permit | Promise<Permit> {
    if (this.#inUse < this.#limits.concurrencyMax) return this.#take();
    if (this.#answered <= this.#waiters.length) throw throttled("ConcurrentInvocationLimitExceeded");
    return this.#wait();
  }

  /** Resolves when nothing runs any more, at the latest after `waitMs`. */
  async drained(waitMs: number): Promise<void> {
    if (this.#inUse === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#onDrained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #take(): Permit {
    this.#inUse++;
    let isAnswered = false;
    let isReleased = false;
    return {
      answered: () => {
        if (isAnswered || isReleased) return;
        isAnswered = true;
        this.#answered++;
      },
      release: () => {
        if (isReleased) return;
        isReleased = true;
        if (isAnswered) this.#answered--;
        this.#release();
      },
    };
  }

  #release(): void {
    this.#inUse--;
    this.#waiters.shift()?.admit();
    if (this.#inUse === 0) this.#onDrained?.();
  }

  #wait(): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          clearTimeout(timer);
          resolve(this.#take());
        },
        refuse: () => {
          this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
          reject(throttled("ConcurrentInvocationLimitExceeded"));
        },
      };
      const timer = setTimeout(waiter.refuse, this.#limits.graceMs);
      this.#waiters.push(waiter);
    });
  }
}

export type ThrottleReason = "ConcurrentInvocationLimitExceeded" | "ReservedFunctionConcurrentInvocationLimitExceeded";

export function throttled(reason: ThrottleReason): ServiceError {
  return new ServiceError("TooManyRequestsException", 429, "Rate Exceeded.", { fields: { Reason: reason, Type: "User" } });
}
