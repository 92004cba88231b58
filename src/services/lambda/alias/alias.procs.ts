// Statements about aliases.

import { ALIAS_COLUMNS, type AliasRow, beginChange, type FunctionChange } from "../../../functions/catalogue.procs.ts";
import { dropProvisioned } from "../../../functions/concurrency.procs.ts";
import { dropEventInvoke } from "../../../functions/event-invoke.procs.ts";
import { URL_TOPIC } from "../../../functions/function-urls.procs.ts";
import { proc, type Tx } from "../../../store/database.ts";
import { mayLead } from "../concurrency/provisioned-target.procs.ts";

export type AliasOutcome =
  | { readonly outcome: "written"; readonly change: FunctionChange }
  | { readonly outcome: "exists" | "gone" | "changed-meanwhile" | "unpublished" | "version-is-provisioned" }
  | { readonly outcome: "no-such-version"; readonly number: number };

export const insertAlias = proc("lambda.alias.insert", async (tx, alias: AliasRow): Promise<AliasOutcome> => {
  const row = await beginChange(tx, alias.function_id);
  if (row === undefined) return { outcome: "gone" };
  const missing = await missingVersion(tx, alias);
  if (missing !== undefined) return { outcome: "no-such-version", number: missing };
  const inserted = await tx.query<AliasRow>(
    `INSERT INTO alias (${ALIAS_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (function_id, name) DO NOTHING RETURNING ${ALIAS_COLUMNS}`,
    valuesOf(alias),
  );
  return inserted.length === 0 ? { outcome: "exists" } : { outcome: "written", change: { function: row, aliases: inserted } };
});

/** `basedOn` is the revision that `alias` was derived from. */
export const updateAliasRow = proc(
  "lambda.alias.update",
  async (tx, { alias, basedOn }: { alias: AliasRow; basedOn: string }): Promise<AliasOutcome> => {
    const row = await beginChange(tx, alias.function_id);
    if (row === undefined) return { outcome: "gone" };
    const missing = await missingVersion(tx, alias);
    if (missing !== undefined) return { outcome: "no-such-version", number: missing };
    const lead = await mayLead(tx, alias);
    if (lead === "unpublished" || lead === "version-is-provisioned") return { outcome: lead };
    const updated = await tx.query<AliasRow>(
      `UPDATE alias SET number = $3, second_number = $4, second_weight = $5, description = $6, revision = $7
       WHERE function_id = $1 AND name = $2 AND revision = $8 RETURNING ${ALIAS_COLUMNS}`,
      [...valuesOf(alias), basedOn],
    );
    return updated.length === 0 ? { outcome: "changed-meanwhile" } : { outcome: "written", change: { function: row, aliases: updated } };
  },
);

/** A missing alias is no error. undefined: the function is gone. */
export const deleteAliasRow = proc(
  "lambda.alias.delete",
  async (tx, { functionId, name }: { functionId: number; name: string }): Promise<FunctionChange | undefined> => {
    const row = await beginChange(tx, functionId);
    if (row === undefined) return undefined;
    await tx.query("DELETE FROM alias WHERE function_id = $1 AND name = $2", [functionId, name]);
    await tx.query("DELETE FROM function_policy WHERE function_id = $1 AND qualifier = $2", [functionId, name]);
    tx.wake(URL_TOPIC);
    const concurrency = await dropProvisioned(tx, functionId, name);
    return { function: row, removedAliases: [name], concurrency, eventInvoke: await dropEventInvoke(tx, functionId, name) };
  },
);

async function missingVersion(tx: Tx, { function_id, number, second_number }: AliasRow): Promise<number | undefined> {
  const rows = await tx.query<{ number: number }>("SELECT number FROM function_version WHERE function_id = $1 AND number IN ($2, $3)", [
    function_id,
    number,
    second_number ?? number,
  ]);
  const there = new Set(rows.map((row) => row.number));
  return [number, second_number ?? number].find((wanted) => !there.has(wanted));
}

function valuesOf(alias: AliasRow) {
  return [
    alias.function_id,
    alias.name,
    alias.number,
    alias.second_number,
    alias.second_weight,
    alias.description,
    alias.revision,
  ] as const;
}
