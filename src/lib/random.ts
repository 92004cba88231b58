// Chance as a part that is passed in, so that a simulation can replay it from a seed.

import { randomFillSync } from "node:crypto";

export interface Random {
  /** A uniform number in [0, 1). */
  unit(): number;
  /** A version 4 UUID. */
  uuid(): string;
  /** `bytes` random bytes, as lower-case hexadecimal. */
  hex(bytes: number): string;
}

const POOL_BYTES = 4096;

const UUID_BYTES = 16;
const UUID_LENGTH = 36;
const DIGITS = Buffer.from("0123456789abcdef");
const HYPHEN = 0x2d;
/** A hyphen stands before each of these bytes. */
const GROUP_STARTS: ReadonlySet<number> = new Set([4, 6, 8, 10]);

/** The kernel is asked for many bytes at once: asking for a few costs as much, about 5 µs, and every invocation does. */
class Pool {
  readonly #bytes = Buffer.allocUnsafeSlow(POOL_BYTES);
  #at = POOL_BYTES;

  /** Calls `use` with where `count` bytes lie that nobody has had; they are gone afterwards, since secrets come from here too. */
  take<T>(count: number, use: (pool: Buffer, start: number) => T): T {
    if (this.#at + count > POOL_BYTES) {
      randomFillSync(this.#bytes);
      this.#at = 0;
    }
    const start = this.#at;
    this.#at += count;
    const result = use(this.#bytes, start);
    this.#bytes.fill(0, start, this.#at);
    return result;
  }
}

function fromKernel(): Random {
  const pool = new Pool();
  const text = Buffer.allocUnsafeSlow(UUID_LENGTH);
  const uuid = (bytes: Buffer, start: number) => uuidOf(bytes, start, text);
  return {
    unit: () => Math.random(),
    uuid: () => pool.take(UUID_BYTES, uuid),
    hex: (bytes) =>
      bytes > POOL_BYTES
        ? randomFillSync(Buffer.allocUnsafe(bytes)).toString("hex")
        : pool.take(bytes, (from, start) => from.toString("hex", start, start + bytes)),
  };
}

/** Written digit by digit and made a string once: node:crypto's is put together of 20 pieces, a kilobyte for each. */
function uuidOf(bytes: Buffer, start: number, text: Buffer): string {
  bytes[start + 6] = (bytes[start + 6]! & 0x0f) | 0x40; // version 4
  bytes[start + 8] = (bytes[start + 8]! & 0x3f) | 0x80; // variant 1
  for (let i = 0, at = 0; i < UUID_BYTES; i++) {
    if (GROUP_STARTS.has(i)) text[at++] = HYPHEN;
    text[at++] = DIGITS[bytes[start + i]! >> 4]!;
    text[at++] = DIGITS[bytes[start + i]! & 0x0f]!;
  }
  return text.toString("latin1");
}

export const systemRandom: Random = fromKernel();
