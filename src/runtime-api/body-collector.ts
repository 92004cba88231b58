// Takes a request's body: gathered up to a limit, or thrown away. A body that came in one read is handed on as it is, any other is copied once.

import type { Headers } from "./request-head.ts";

export interface BodySink {
  take(bytes: Buffer): void;
  end(trailers: Headers): void;
  /** The connection ended before the body did. */
  cut(): void;
}

/** More than this after the limit is not read any longer: the connection is closed. */
export const OVERRUN_BYTES_MAX = 64 * 1024 * 1024;
const empty = Buffer.alloc(0);

export interface CollectorEnds {
  readonly bytesMax: number;
  /** Called once, as soon as the limit is passed; `end` is not called then. */
  tooLarge(): void;
  end(body: Buffer, trailers: Headers): void;
  cut(): void;
  /** The rest after tooLarge was read (or was endless: `isWhole` false). */
  overrunEnded(isWhole: boolean): void;
}

export class BodyCollector implements BodySink {
  readonly #ends: CollectorEnds;
  #buffer: Buffer = empty;
  #length = 0;
  #isOver = false;

  constructor(ends: CollectorEnds) {
    this.#ends = ends;
  }

  take(bytes: Buffer): void {
    if (this.#isOver || this.#length + bytes.length > this.#ends.bytesMax) this.#overrun(bytes.length);
    else if (this.#length === 0) this.#keep(bytes);
    else this.#append(bytes);
  }

  end(trailers: Headers): void {
    if (this.#isOver) this.#ends.overrunEnded(true);
    else this.#ends.end(this.#length === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, this.#length), trailers);
  }

  cut(): void {
    if (!this.#isOver) this.#ends.cut();
  }

  #keep(bytes: Buffer): void {
    this.#buffer = bytes;
    this.#length = bytes.length;
  }

  /** Doubling room: a body sent byte by byte costs neither a view per byte nor a copy of all per byte. */
  #append(bytes: Buffer): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(needed * 2, 4096), this.#ends.bytesMax));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    bytes.copy(this.#buffer, this.#length);
    this.#length = needed;
  }

  #overrun(bytes: number): void {
    this.#length += bytes;
    if (!this.#isOver) {
      this.#isOver = true;
      this.#buffer = empty;
      this.#ends.tooLarge();
    }
    if (this.#length > this.#ends.bytesMax + OVERRUN_BYTES_MAX) this.#ends.overrunEnded(false);
  }
}

/** For requests that are answered whatever their body says. */
export function discardBody(end: () => void): BodySink {
  return { take: () => {}, end, cut: () => {} };
}
