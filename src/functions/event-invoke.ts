// What a qualifier of a function says about asynchronous invocations, as the catalogue keeps it.

import type { EventInvokeRow } from "./event-invoke.procs.ts";

export interface EventInvoke {
  readonly qualifier: string;
  /** undefined: 2. */
  readonly retriesMax: number | undefined;
  /** undefined: 21,600. */
  readonly ageMaxS: number | undefined;
  /** ARNs; an empty one in the row is none. */
  readonly onSuccess: string | undefined;
  readonly onFailure: string | undefined;
  readonly modifiedMs: number;
}

/** By qualifier, in order. */
export type EventInvokes = ReadonlyMap<string, EventInvoke>;

export function eventInvoke(row: EventInvokeRow): EventInvoke {
  return {
    qualifier: row.qualifier,
    retriesMax: row.retries_max ?? undefined,
    ageMaxS: row.age_max_s ?? undefined,
    onSuccess: row.on_success || undefined,
    onFailure: row.on_failure || undefined,
    modifiedMs: row.modified_at,
  };
}

export function eventInvokes(rows: readonly EventInvokeRow[]): EventInvokes {
  const entries = rows.map((row) => [row.qualifier, eventInvoke(row)] as const);
  // Sorted here: databases order text by different rules.
  return new Map(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
