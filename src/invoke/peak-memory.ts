// An environment's peak memory, read so seldom that it costs a busy one nothing: a reading costs tens of microseconds, an invocation a hundred.
// Fresh to within PEAK_FRESH_MS: an invocation that lasted longer, or that came after a pause, always gets a reading of its own.

import type { Sandbox } from "../sandbox/sandbox.ts";

const PEAK_FRESH_MS = 20;

export class PeakMemory {
  #bytes = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;

  get bytes(): number {
    return this.#bytes;
  }

  isFresh(nowMs: number): boolean {
    return nowMs - this.#readAtMs < PEAK_FRESH_MS;
  }

  async read(sandbox: Sandbox): Promise<void> {
    this.#readAtMs = performance.now();
    try {
      const { memoryPeakBytes } = await sandbox.usage();
      this.#bytes = Math.max(this.#bytes, memoryPeakBytes);
    } catch {
      // The sandbox is just ending: the last reading stands.
    }
  }

  /** The kernel ended the processes at their limit: the peak is the limit. */
  reached(bytes: number): void {
    this.#bytes = Math.max(this.#bytes, bytes);
  }
}
