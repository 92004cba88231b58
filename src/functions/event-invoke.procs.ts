// The rows that say how functions are invoked asynchronously, and how a change of them reaches the catalogue.

import { proc, type Tx } from "../store/database.ts";

export interface EventInvokeRow {
  readonly function_id: number;
  /** "$LATEST", a version number or the name of an alias. */
  readonly qualifier: string;
  readonly retries_max: number | null;
  readonly age_max_s: number | null;
  readonly on_success: string | null;
  readonly on_failure: string | null;
  readonly modified_at: number;
}

export const EVENT_INVOKE_COLUMNS = "function_id, qualifier, retries_max, age_max_s, on_success, on_failure, modified_at";

/** All that a function has. */
export function eventInvokeOf(tx: Tx, functionId: number): Promise<EventInvokeRow[]> {
  return tx.query<EventInvokeRow>(`SELECT ${EVENT_INVOKE_COLUMNS} FROM event_invoke_config WHERE function_id = $1`, [functionId]);
}

/** What a version or an alias had goes with it. undefined: it had nothing. The caller holds the function's lock. */
export async function dropEventInvoke(tx: Tx, functionId: number, qualifier: string): Promise<readonly EventInvokeRow[] | undefined> {
  const dropped = await tx.query("DELETE FROM event_invoke_config WHERE function_id = $1 AND qualifier = $2 RETURNING qualifier", [
    functionId,
    qualifier,
  ]);
  return dropped.length === 0 ? undefined : eventInvokeOf(tx, functionId);
}

/** Few functions have any: read at once. */
export const loadEventInvoke = proc(
  "functions.event-invoke.load",
  (tx, _: null): Promise<EventInvokeRow[]> => tx.query<EventInvokeRow>(`SELECT ${EVENT_INVOKE_COLUMNS} FROM event_invoke_config`),
);
