// What the operations of IAM share. IAM is global: nothing here looks at the caller's region.

import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import type { Database } from "../../store/database.ts";

export interface Iam {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

/** IAM's times have whole seconds. */
export function iamDate(ms: number): Date {
  return new Date(Math.floor(ms / 1_000) * 1_000);
}
