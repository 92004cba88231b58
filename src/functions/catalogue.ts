// The catalogue: which functions, versions and aliases there are, held in memory so that an invocation touches no SQL.
// (Interface first; the room functions/ implements it.)

import type { FunctionVersion, Resolved } from "./version.ts";

export interface Name {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export interface Catalogue {
  /** Follows name and qualifier to one version; an alias with weights is drawn by `unit` in [0, 1). Throws ServiceError ResourceNotFoundException. */
  resolve(name: Name, qualifier: string | undefined, unit: number): Resolved;
  /** Calls back with the revision that took the place of another, or with undefined after a deletion: its environments end. */
  onChange(listener: (functionId: number, version: string, now: FunctionVersion | undefined) => void): void;
}
