// Chance as a part that is passed in, so that a simulation can replay it from a seed.

import { randomBytes, randomUUID } from "node:crypto";

export interface Random {
  /** A uniform number in [0, 1). */
  unit(): number;
  /** A version 4 UUID. */
  uuid(): string;
  /** `bytes` random bytes, as lower-case hexadecimal. */
  hex(bytes: number): string;
}

export const systemRandom: Random = {
  unit: () => Math.random(),
  uuid: () => randomUUID(),
  hex: (bytes) => randomBytes(bytes).toString("hex"),
};
