// What an environment tells whoever made it: the pool.

import type { Environment } from "./environment.ts";

export interface EnvironmentOwner {
  /** It can take an invocation: idle, or reset. */
  available(environment: Environment): void;
  /** Its caller has the answer; as a rule it will be available in a moment. */
  answered(environment: Environment): void;
  /** No longer available: its parked /next went away. */
  away(environment: Environment): void;
  gone(environment: Environment): void;
}
