// An environment's peak memory, read so seldom that it costs a busy one nothing. A reading is good for PEAK_FRESH_MS, or longer where reading is
// slow (without cgroups all processes are looked through): it never takes more than a fiftieth of the time. An invocation that lasted longer than
// that, or that came after a pause, has a reading of its own.

import type { Sandbox } from "../sandbox/sandbox.ts";

const PEAK_FRESH_MS = 20;
const COST_SHARE = 50;

export class PeakMemory {
  #bytes = 0;
  #freshUntilMs = 0;

  get bytes(): number {
    return this.#bytes;
  }

  isFresh(nowMs: number): boolean {
    return nowMs < this.#freshUntilMs;
  }

  /** At once where the sandbox can. */
  read(sandbox: Sandbox): Promise<void> | undefined {
    const bytes = sandbox.memoryPeak?.();
    if (bytes === undefined) return this.#readUsage(sandbox);
    this.reached(bytes);
    this.#freshUntilMs = performance.now() + PEAK_FRESH_MS;
    return undefined;
  }

  async #readUsage(sandbox: Sandbox): Promise<void> {
    const startedMs = performance.now();
    try {
      this.reached((await sandbox.usage()).memoryPeakBytes);
    } catch {
      // The sandbox is just ending: the last reading stands.
    }
    const costMs = performance.now() - startedMs;
    this.#freshUntilMs = startedMs + costMs + Math.max(PEAK_FRESH_MS, costMs * COST_SHARE);
  }

  /** Also when the kernel ended the processes at their limit: then the peak is the limit. */
  reached(bytes: number): void {
    this.#bytes = Math.max(this.#bytes, bytes);
  }
}
