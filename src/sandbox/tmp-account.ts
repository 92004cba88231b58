// How much of a sandbox's memory is files in its /tmp, which the kernel counts as memory of the group and AWS does not.

import { statfsSync } from "node:fs";
import type { Usage } from "./sandbox.ts";

/** Smaller changes are not worth a write to the group. */
const STEP_BYTES = 1024 * 1024;

export class TmpAccount {
  readonly #path: string;
  #seenBytes = 0;
  #mostBytes = 0;
  #peakBytes = 0;

  /** `path` leads to the file system of /tmp, e.g. through the descriptor of a process that has it open. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Then a peak that has not moved for the kernel has not moved here either. */
  get isHardlyUsed(): boolean {
    return this.#mostBytes < STEP_BYTES;
  }

  /** What /tmp holds, if that is news since the last call. */
  changed(): number | undefined {
    const bytes = this.#look();
    if (Math.abs(bytes - this.#seenBytes) < STEP_BYTES) return undefined;
    this.#seenBytes = bytes;
    return bytes;
  }

  /** The peak is exact where /tmp is hardly used; else it is the highest of the moments when it was asked for, or more. */
  withoutFiles({ memoryBytes, memoryPeakBytes }: Usage): Pick<Usage, "memoryBytes" | "memoryPeakBytes"> {
    const now = Math.max(0, memoryBytes - this.#look());
    this.#peakBytes = Math.max(this.#peakBytes, now, memoryPeakBytes - this.#mostBytes);
    return { memoryBytes: now, memoryPeakBytes: this.#peakBytes };
  }

  #look(): number {
    try {
      const { blocks, bfree, bsize } = statfsSync(this.#path);
      const bytes = (blocks - bfree) * bsize;
      this.#mostBytes = Math.max(this.#mostBytes, bytes);
      return bytes;
    } catch {
      return this.#seenBytes; // the sandbox is just ending
    }
  }
}
