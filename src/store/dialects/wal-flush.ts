// Brings commits to the disk while the next ones are made: SQLite writes them to the WAL (synchronous = NORMAL), and the WAL is flushed here, in
// libuv's thread pool. What SQLite itself must flush for its own sake, around checkpoints and a WAL begun anew, it does as in either mode.
// docs/decisions/0033 has the reasons, and why nothing more is needed.

import { closeSync, fdatasync, openSync } from "node:fs";

/** So much of what need not be flushed at once a power cut takes back at most. */
const LATE_MS_MAX = 100;

export class WalFlush {
  readonly #file: string;
  readonly #onError: (error: Error) => void;
  #fd: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Commits that have written, and how many of them are on the disk. */
  #written = 0;
  #flushed = 0;

  /** `onError`: nobody knows what is on the disk; what was to be flushed never resolves. */
  constructor(database: string, onError: (error: Error) => void) {
    this.#file = `${database}-wal`;
    this.#onError = onError;
  }

  /** A commit has written. */
  note(): void {
    this.#written++;
  }

  /** Something is committed that is not on the disk. */
  get isBehind(): boolean {
    return this.#flushed < this.#written;
  }

  /** Resolves when all that is committed by now is on the disk. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const written = this.#written;
    return new Promise((resolve) => {
      const fd = this.#open();
      if (fd === undefined) return;
      fdatasync(fd, (error) => {
        if (error !== null) return this.#onError(error);
        this.#flushed = Math.max(this.#flushed, written);
        resolve();
      });
    });
  }

  /** The same within a tenth of a second, together with what is committed until then. */
  flushLate(): void {
    this.#timer ??= setTimeout(() => void this.flush(), LATE_MS_MAX).unref();
  }

  /** SQLite has made the file by the first commit, and keeps it while the database is open. */
  #open(): number | undefined {
    try {
      this.#fd ??= openSync(this.#file, "r+");
    } catch (error) {
      this.#onError(error as Error);
    }
    return this.#fd;
  }

  /** Before the database is closed. */
  close(): void {
    clearTimeout(this.#timer);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
