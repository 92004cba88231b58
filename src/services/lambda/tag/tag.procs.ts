// Statements about a function's tags.

import { beginChange, type FunctionChange, TAG_COLUMNS, type TagRow } from "../../../functions/catalogue.procs.ts";
import { proc, type Tx } from "../../../store/database.ts";

/** The caller holds the function's lock. Returns all tags that the function has now. */
export async function putTags(tx: Tx, functionId: number, tags: readonly (readonly [key: string, value: string])[]): Promise<TagRow[]> {
  await tx.insertMany(
    "function_tag",
    [
      ["function_id", "bigint"],
      ["key", "text"],
      ["value", "text"],
    ],
    tags.map(([key, value]) => [functionId, key, value]),
    "ON CONFLICT (function_id, key) DO UPDATE SET value = excluded.value",
  );
  return allTags(tx, functionId);
}

export interface TagChange {
  readonly functionId: number;
  readonly put: readonly (readonly [key: string, value: string])[];
  readonly remove: readonly string[];
  readonly tagsMax: number;
}

/** Throws nothing away when there would be too many: the count is taken before anything is written. */
export const changeTags = proc("lambda.tag.change", async (tx, args: TagChange): Promise<FunctionChange | "gone" | "too-many"> => {
  const row = await beginChange(tx, args.functionId);
  if (row === undefined) return "gone";
  const before = await allTags(tx, row.id);
  const keys = new Set([...before.map(({ key }) => key), ...args.put.map(([key]) => key)]);
  if (args.put.length > 0 && keys.size > args.tagsMax) return "too-many";
  for (const key of args.remove) await tx.query("DELETE FROM function_tag WHERE function_id = $1 AND key = $2", [row.id, key]);
  return { function: row, tags: await putTags(tx, row.id, args.put) };
});

function allTags(tx: Tx, functionId: number): Promise<TagRow[]> {
  return tx.query<TagRow>(`SELECT ${TAG_COLUMNS} FROM function_tag WHERE function_id = $1 ORDER BY key`, [functionId]);
}
