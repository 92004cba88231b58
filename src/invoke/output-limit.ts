// How fast an environment may print: a burst, then a rate. Beyond it the output is left unread, so that the writer waits, not our memory.

export interface OutputRate {
  readonly burstBytes: number;
  readonly bytesPerSecond: number;
}

/** Far above what a log is for, below what the log's writer takes, so that one function does not hold up the others' logs: 100 MB need 2 s. */
export const defaultOutputRate: OutputRate = { burstBytes: 32 * 1024 * 1024, bytesPerSecond: 32 * 1024 * 1024 };

export class OutputLimit {
  readonly #rate: OutputRate;
  #freeBytes: number;
  #filledMs: number;

  constructor(rate: OutputRate, nowMs: number) {
    this.#rate = rate;
    this.#freeBytes = rate.burstBytes;
    this.#filledMs = nowMs;
  }

  /** Milliseconds to wait before the next read; 0 for none. */
  spend(bytes: number, nowMs: number): number {
    this.#freeBytes -= bytes;
    if (this.#freeBytes >= 0) return 0;
    const refill = ((nowMs - this.#filledMs) / 1000) * this.#rate.bytesPerSecond;
    this.#freeBytes = Math.min(this.#rate.burstBytes, this.#freeBytes + refill);
    this.#filledMs = nowMs;
    return this.#freeBytes >= 0 ? 0 : Math.ceil((-this.#freeBytes / this.#rate.bytesPerSecond) * 1000);
  }
}
