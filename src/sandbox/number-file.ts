// A file of the kernel that holds one number and is read again and again: kept open, since finding it costs ten times as much as reading it.

import { closeSync, openSync, readSync } from "node:fs";

const DIGITS_MAX = 32;
/** One for all: a read is over before the next one begins. */
const text = Buffer.allocUnsafeSlow(DIGITS_MAX);

export class NumberFile {
  #fd: number | undefined;

  /** Undefined where there is no such file. */
  static open(path: string): NumberFile | undefined {
    try {
      return new NumberFile(openSync(path, "r"));
    } catch {
      return undefined;
    }
  }

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** Undefined after close(), and when what it tells of is gone. */
  read(): number | undefined {
    if (this.#fd === undefined) return undefined;
    try {
      return Number(text.toString("latin1", 0, readSync(this.#fd, text, 0, DIGITS_MAX, 0)));
    } catch {
      return undefined;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
