// Statements about event invoke configurations. Each locks the function's row first.

import { beginChange, type FunctionChange } from "../../../functions/catalogue.procs.ts";
import { dropEventInvoke, EVENT_INVOKE_COLUMNS, type EventInvokeRow, eventInvokeOf } from "../../../functions/event-invoke.procs.ts";
import { proc } from "../../../store/database.ts";

export interface EventInvokeWrite {
  readonly row: EventInvokeRow;
  /** An update: what `row` leaves null stays as it was, and there must be something. */
  readonly isUpdate: boolean;
}

/** undefined: no such function, or nothing to update. */
export const writeEventInvoke = proc(
  "lambda.event-invoke.write",
  async (tx, { row, isUpdate }: EventInvokeWrite): Promise<FunctionChange | undefined> => {
    const changed = await beginChange(tx, row.function_id);
    if (changed === undefined) return undefined;
    const before = (await eventInvokeOf(tx, row.function_id)).find(({ qualifier }) => qualifier === row.qualifier);
    if (isUpdate && before === undefined) return undefined;
    const kept = isUpdate ? before : undefined;
    await tx.query(
      `INSERT INTO event_invoke_config (${EVENT_INVOKE_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (function_id, qualifier) DO UPDATE SET retries_max = excluded.retries_max, age_max_s = excluded.age_max_s,
         on_success = excluded.on_success, on_failure = excluded.on_failure, modified_at = excluded.modified_at`,
      [
        row.function_id,
        row.qualifier,
        row.retries_max ?? kept?.retries_max ?? null,
        row.age_max_s ?? kept?.age_max_s ?? null,
        row.on_success ?? kept?.on_success ?? null,
        row.on_failure ?? kept?.on_failure ?? null,
        row.modified_at,
      ],
    );
    return { function: changed, eventInvoke: await eventInvokeOf(tx, row.function_id) };
  },
);

/** undefined: there was none. */
export const deleteEventInvoke = proc(
  "lambda.event-invoke.delete",
  async (tx, { functionId, qualifier }: { functionId: number; qualifier: string }): Promise<FunctionChange | undefined> => {
    const changed = await beginChange(tx, functionId);
    if (changed === undefined) return undefined;
    const eventInvoke = await dropEventInvoke(tx, functionId, qualifier);
    return eventInvoke && { function: changed, eventInvoke };
  },
);
