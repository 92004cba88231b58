// Shares as people write them.

import { UsageError } from "./command.ts";

/** "5%" or "0.05". */
export function shareOf(option: string, text: string): number {
  const found = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  const share = Number(found?.[1]) / (found?.[2] === "%" ? 100 : 1);
  if (!(share >= 0 && share <= 1)) throw new UsageError(`--${option} takes a share as 5% or 0.05, not '${text}'.`);
  return share;
}
