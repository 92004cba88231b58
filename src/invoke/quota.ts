// So many invocations may run at one time, exactly. A permit is given back when the environment is done, not when the caller is answered; a
// caller who comes between the two waits that moment instead of being throttled. The number may change: what runs then runs to its end.

import { ServiceError } from "../lib/errors.ts";
import type { Permits } from "./permits.ts";

export interface Permit {
  /** The caller has its answer: the permit will be free in a moment. */
  answered(): void;
  release(): void;
}

export type ThrottleReason =
  | "ConcurrentInvocationLimitExceeded"
  | "ReservedFunctionConcurrentInvocationLimitExceeded"
  | "FunctionInvocationRateLimitExceeded";

export interface QuotaParts {
  readonly permits: Permits;
  readonly reason: ThrottleReason;
  readonly graceMs: number;
  /** After every release. */
  readonly onRelease: () => void;
}

interface Waiter {
  readonly admit: () => void;
  readonly refuse: () => void;
}

export class Quota {
  readonly #parts: QuotaParts;
  readonly #waiters: Waiter[] = [];
  #max: number;
  #answered = 0;

  constructor(max: number, parts: QuotaParts) {
    this.#max = max;
    this.#parts = parts;
    parts.permits.limitTo?.(max);
  }

  get inUse(): number {
    return this.#parts.permits.inUse;
  }

  /** So many more run than may since the number was changed. */
  get excess(): number {
    return Math.max(0, this.inUse - this.#max);
  }

  setMax(max: number): void {
    if (max !== this.#max) this.#parts.permits.limitTo?.(max);
    this.#max = max;
    this.#serve();
  }

  /** Throws TooManyRequestsException, at once or after the grace. */
  admit(): Permit | Promise<Permit> {
    if (this.#parts.permits.take(this.#max)) return this.#permit();
    return this.#parts.permits.obtain === undefined ? this.#queue() : this.#obtain();
  }

  async #obtain(): Promise<Permit> {
    return (await this.#parts.permits.obtain?.(this.#max)) ? this.#permit() : this.#queue();
  }

  #queue(): Promise<Permit> {
    if (this.#max <= 0 || this.#answered <= this.#waiters.length) throw throttled(this.#parts.reason);
    return this.#wait();
  }

  #permit(): Permit {
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
    this.#parts.permits.giveBack();
    this.#serve();
    this.#parts.onRelease();
  }

  #serve(): void {
    while (this.#waiters.length > 0 && this.#parts.permits.take(this.#max)) this.#waiters.shift()?.admit();
  }

  #wait(): Promise<Permit> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        admit: () => {
          clearTimeout(timer);
          resolve(this.#permit());
        },
        refuse: () => {
          this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
          reject(throttled(this.#parts.reason));
        },
      };
      const timer = setTimeout(waiter.refuse, this.#parts.graceMs);
      this.#waiters.push(waiter);
    });
  }
}

export function throttled(reason: ThrottleReason): ServiceError {
  return new ServiceError("TooManyRequestsException", 429, "Rate Exceeded.", { fields: { Reason: reason, Type: "User" } });
}
