// Chance as a part that is passed in, so that a simulation can replay it from a seed.

import { randomFillSync, randomUUID } from "node:crypto";

export interface Random {
  /** A uniform number in [0, 1). */
  unit(): number;
  /** A version 4 UUID. */
  uuid(): string;
  /** `bytes` random bytes, as lower-case hexadecimal. */
  hex(bytes: number): string;
}

const POOL_BYTES = 4096;

export const systemRandom: Random = {
  unit: () => Math.random(),
  uuid: () => randomUUID(),
  hex: hexFromPool(),
};

/** The kernel is asked for many bytes at once, as randomUUID does: asking for a few costs as much, about 5 µs, and every invocation does. */
function hexFromPool(): Random["hex"] {
  const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
  let at = POOL_BYTES;
  return (bytes) => {
    if (bytes > POOL_BYTES) return randomFillSync(Buffer.allocUnsafe(bytes)).toString("hex");
    if (at + bytes > POOL_BYTES) {
      randomFillSync(pool);
      at = 0;
    }
    at += bytes;
    const text = pool.toString("hex", at - bytes, at);
    pool.fill(0, at - bytes, at); // secrets come from here too: what was handed out is not kept
    return text;
  };
}
