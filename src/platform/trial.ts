// Builds what tries functions out: trials.

import type { Invoker } from "../invoke/invoker.ts";
import { systemRandom as random } from "../lib/random.ts";
import { Trials } from "../trial/trials.ts";
import type { Parts } from "./parts.ts";

export interface Trial {
  readonly trials: Trials;
}

export function startTrial({ metering }: Parts, invoker: Invoker): Trial {
  return { trials: new Trials({ invoker, random, sheet: metering.sheet }) };
}
