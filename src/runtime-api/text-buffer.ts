// Gathers the text part of a request (head, chunk line, trailers) over as many reads as it takes, up to a limit.

import { MalformedRequest } from "./request-head.ts";

export interface Taken {
  /** Without the terminator, decoded as latin1. */
  readonly text: string;
  readonly rest: Buffer;
}

export class TextBuffer {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** The text before `terminator` once it has come; undefined while it has not. */
  takeUntil(bytes: Buffer, terminator: string, bytesMax: number): Taken | undefined {
    if (this.#length === 0) {
      const end = bytes.indexOf(terminator, 0, "latin1");
      if (end >= 0) return cut(bytes, end, terminator.length, bytesMax);
    }
    return this.#takeGathered(bytes, terminator, bytesMax);
  }

  #takeGathered(bytes: Buffer, terminator: string, bytesMax: number): Taken | undefined {
    const before = this.#length;
    this.#append(bytes);
    const gathered = this.#bytes.subarray(0, this.#length);
    const end = gathered.indexOf(terminator, Math.max(0, before - terminator.length + 1), "latin1");
    if (end >= 0) {
      this.#length = 0;
      const consumed = end + terminator.length - before;
      return { text: cut(gathered, end, terminator.length, bytesMax).text, rest: bytes.subarray(consumed) };
    }
    if (this.#length > bytesMax) throw new MalformedRequest(431, "head or chunk line too long");
    return undefined;
  }

  /** Doubles its room, so that a head sent byte by byte is not copied once per byte. */
  #append(bytes: Buffer): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2, 512));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    bytes.copy(this.#bytes, this.#length);
    this.#length = needed;
  }
}

const nothing = Buffer.alloc(0);

function cut(bytes: Buffer, end: number, terminatorLength: number, bytesMax: number): Taken {
  if (end > bytesMax) throw new MalformedRequest(431, "head or chunk line too long");
  return {
    text: bytes.toString("latin1", 0, end),
    rest: end + terminatorLength === bytes.length ? nothing : bytes.subarray(end + terminatorLength),
  };
}
