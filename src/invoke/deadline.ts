// One deadline that is set for every invocation and nearly never passes. The timer is armed once and, when it fires, looks whether the
// deadline has moved meanwhile: so an invocation costs no timer. Real time, not Clock: timeouts stay what the configuration says. Before it is taken
// for passed, what has arrived is handled: a busy server is late for both, and must not count an answer that came in time as late.

export class Deadline {
  readonly #call: () => void;
  #dueMs = Number.POSITIVE_INFINITY;
  #armedForMs = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #lastLook: NodeJS.Immediate | undefined;

  constructor(call: () => void) {
    this.#call = call;
  }

  /** `dueMs` in the time of performance.now(). */
  set(dueMs: number): void {
    this.#dueMs = dueMs;
    if (this.#timer === undefined || this.#armedForMs > dueMs) this.#arm();
  }

  /** The timer stays armed for the next set(); close() ends it. */
  clear(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.clear();
    clearTimeout(this.#timer);
    clearImmediate(this.#lastLook);
    this.#timer = undefined;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#armedForMs = this.#dueMs;
    // Rounded up: setTimeout drops fractions and would fire just before the deadline.
    this.#timer = setTimeout(() => this.#fire(), Math.ceil(this.#dueMs - performance.now()));
    this.#timer.unref();
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#dueMs === Number.POSITIVE_INFINITY) return;
    if (performance.now() < this.#dueMs) {
      this.#arm();
    } else {
      this.#lastLook = setImmediate(() => this.#pass());
    }
  }

  /** It may have been cleared or moved by what was handled before. */
  #pass(): void {
    if (performance.now() < this.#dueMs) {
      if (this.#timer === undefined && this.#dueMs !== Number.POSITIVE_INFINITY) this.#arm();
      return;
    }
    this.clear();
    this.#call();
  }
}
