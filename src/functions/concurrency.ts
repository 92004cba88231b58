// How much concurrency a function has for itself, as the catalogue keeps it, and what the data plane is to do about it.

import type { ConcurrencyRows } from "./concurrency.procs.ts";
import type { FunctionRecord } from "./function-record.ts";
import type { FunctionVersion } from "./version.ts";

export interface FunctionConcurrency {
  /** Floor and ceiling at once; 0 turns the function off. undefined: it takes from what nobody has reserved. */
  readonly reserved: number | undefined;
  /** By qualifier (a version number or the name of an alias), in order. */
  readonly provisioned: ReadonlyMap<string, ProvisionedConcurrency>;
}

export interface ProvisionedConcurrency {
  readonly requested: number;
  readonly modifiedMs: number;
}

export const noConcurrency: FunctionConcurrency = { reserved: undefined, provisioned: new Map() };

export function functionConcurrency({ reserved, provisioned }: ConcurrencyRows): FunctionConcurrency {
  const entries = provisioned.map((row) => [row.qualifier, { requested: row.requested, modifiedMs: row.modified_at }] as const);
  // Sorted here: databases order text by different rules.
  return { reserved: reserved ?? undefined, provisioned: new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

export interface ConcurrencyPlan {
  readonly functionId: number;
  readonly account: string;
  readonly region: string;
  readonly reserved: number | undefined;
  readonly provisioned: readonly ProvisionedPlan[];
  /** Of the function's concurrency, by provisioned environments of all nodes. Absent: of this one, when they are in place. */
  readonly claimed?: number;
}

export interface ProvisionedPlan {
  readonly version: FunctionVersion;
  readonly count: number;
  /** Another one: the caller asked (again). */
  readonly stamp: string;
}

/** AWS: an alias with two versions has environments for both, in their proportion; here the main one has all. */
export function concurrencyPlan({ id, account, region, aliases, running, concurrency }: FunctionRecord): ConcurrencyPlan {
  const provisioned: ProvisionedPlan[] = [];
  for (const [qualifier, { requested, modifiedMs }] of concurrency.provisioned) {
    const version = running.get(aliases.get(qualifier)?.version ?? qualifier);
    if (version !== undefined) provisioned.push({ version, count: requested, stamp: `${qualifier} ${modifiedMs}` });
  }
  return { functionId: id, account, region, reserved: concurrency.reserved, provisioned };
}

/** How much of the account's concurrency a function keeps from the others. */
export function claimOf({ reserved, provisioned }: FunctionConcurrency): number {
  if (reserved !== undefined) return reserved;
  return [...provisioned.values()].reduce((sum, { requested }) => sum + requested, 0);
}
