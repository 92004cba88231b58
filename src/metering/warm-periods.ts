// Which five minutes of provisioned concurrency have begun: AWS rounds up to them, from the moment of the request on.
// AWS: a server that is stopped keeps nothing warm, and the five minutes that would begin meanwhile cost nothing.

import type { WarmPeriod } from "./usage.procs.ts";

const FIVE_MINUTES_MS = 300_000;

export interface Kept extends Omit<WarmPeriod, "fromMs"> {
  /** When the owner asked for it. */
  readonly sinceMs: number;
}

export class WarmPeriods {
  /** Function, version and request → the last period told. */
  #told = new Map<string, number>();

  /** Those that have begun and were not told yet. */
  due(kept: readonly Kept[], nowMs: number): readonly WarmPeriod[] {
    const told = new Map<string, number>();
    const due: WarmPeriod[] = [];
    for (const { sinceMs, ...rest } of kept) {
      const key = `${rest.functionId} ${rest.version} ${sinceMs}`;
      const fromMs = nowMs - ((nowMs - sinceMs) % FIVE_MINUTES_MS);
      if (this.#told.get(key) !== fromMs) due.push({ fromMs, ...rest });
      told.set(key, fromMs);
    }
    this.#told = told;
    return due;
  }
}
