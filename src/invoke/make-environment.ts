// Makes environments. Nothing else leads to them and to all that they need, which is loaded with the first one (docs/decisions/0032).

import type { FunctionVersion } from "../functions/version.ts";
import { Environment } from "./environment.ts";
import type { EnvironmentOwner, PooledEnvironment } from "./environment-owner.ts";
import type { InvokerParts } from "./ports.ts";
import { SharedEnvironment } from "./shared-environment.ts";

export type MakeEnvironment = typeof makeEnvironment;
export type MakeProvisioned = typeof makeProvisioned;

/** On demand: of its own, or the first slot of one that serves several invocations at one time. */
export function makeEnvironment(version: FunctionVersion, parts: InvokerParts, owner: EnvironmentOwner): PooledEnvironment {
  if (version.maxConcurrency === undefined) return new Environment(version, parts, owner);
  return new SharedEnvironment(version, parts, owner).first;
}

export function makeProvisioned(version: FunctionVersion, parts: InvokerParts, owner: EnvironmentOwner<Environment>): Environment {
  return new Environment(version, parts, owner);
}
