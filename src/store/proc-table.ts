// Gathers procs from the modules that define them, by name. Both sides of the thread boundary find a proc only by that name.

import { strict as assert } from "node:assert";
import type { Proc } from "./database.ts";

/** A proc whose argument type is no longer known: what a table can hold. */
export type AnyProc = Proc<never, unknown>;
export type ProcTable = ReadonlyMap<string, AnyProc>;

/** `modules` are namespaces of `*.procs.ts` files (`import * as x`); exports that are no procs are passed over. Two procs of one name are a bug. */
export function gatherProcs(modules: readonly object[]): ProcTable {
  const table = new Map<string, AnyProc>();
  for (const exported of modules.flatMap((module) => Object.values(module) as unknown[])) {
    if (!isProc(exported)) continue;
    const known = table.get(exported.name);
    assert(known === undefined || known === exported, `two procs are called ${exported.name}`);
    table.set(exported.name, exported);
  }
  return table;
}

function isProc(value: unknown): value is AnyProc {
  if (typeof value !== "object" || value === null) return false;
  const { name, fn } = value as Partial<AnyProc>;
  return typeof name === "string" && typeof fn === "function";
}
