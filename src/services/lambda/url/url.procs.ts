// Statements about function URL configurations. Each locks the function's row first.

import { beginChange } from "../../../functions/catalogue.procs.ts";
import { URL_TOPIC, type UrlRow } from "../../../functions/function-urls.procs.ts";
import { proc, type Tx } from "../../../store/database.ts";

export interface UrlConfigRow {
  readonly function_id: number;
  /** "" is the unqualified function. */
  readonly qualifier: string;
  readonly url_id: string;
  readonly auth_type: UrlRow["auth_type"];
  readonly invoke_mode: UrlRow["invoke_mode"];
  readonly cors: string | null;
  readonly created_at: number;
  readonly modified_at: number;
}

export interface UrlKey {
  readonly functionId: number;
  readonly qualifier: string;
}

const COLUMNS = "function_id, qualifier, url_id, auth_type, invoke_mode, cors, created_at, modified_at";

export const insertUrl = proc("lambda.url.insert", async (tx, row: UrlConfigRow): Promise<"inserted" | "exists" | "gone"> => {
  if ((await beginChange(tx, row.function_id)) === undefined) return "gone";
  const { function_id, qualifier, url_id, auth_type, invoke_mode, cors, created_at, modified_at } = row;
  const inserted = await tx.query(
    `INSERT INTO function_url (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (function_id, qualifier) DO NOTHING RETURNING url_id`,
    [function_id, qualifier, url_id, auth_type, invoke_mode, cors, created_at, modified_at],
  );
  tx.wake(URL_TOPIC);
  return inserted.length === 0 ? "exists" : "inserted";
});

export interface UrlUpdate extends UrlKey {
  /** undefined: as it was. */
  readonly authType: UrlRow["auth_type"] | undefined;
  readonly invokeMode: UrlRow["invoke_mode"] | undefined;
  /** JSON; null: none any more; undefined: as it was. */
  readonly cors: string | null | undefined;
  readonly nowMs: number;
}

/** undefined: there is none. */
export const updateUrl = proc("lambda.url.update", async (tx, args: UrlUpdate): Promise<UrlConfigRow | undefined> => {
  if ((await beginChange(tx, args.functionId)) === undefined) return undefined;
  const before = await configOf(tx, args);
  if (before === undefined) return undefined;
  const { authType = before.auth_type, invokeMode = before.invoke_mode, cors = before.cors } = args;
  const [row] = await tx.query<UrlConfigRow>(
    `UPDATE function_url SET auth_type = $3, invoke_mode = $4, cors = $5, modified_at = $6
     WHERE function_id = $1 AND qualifier = $2 RETURNING ${COLUMNS}`,
    [args.functionId, args.qualifier, authType, invokeMode, cors, args.nowMs],
  );
  tx.wake(URL_TOPIC);
  return row;
});

export const deleteUrl = proc("lambda.url.delete", async (tx, { functionId, qualifier }: UrlKey): Promise<"deleted" | "none"> => {
  if ((await beginChange(tx, functionId)) === undefined) return "none";
  const deleted = await tx.query("DELETE FROM function_url WHERE function_id = $1 AND qualifier = $2 RETURNING url_id", [
    functionId,
    qualifier,
  ]);
  tx.wake(URL_TOPIC);
  return deleted.length === 0 ? "none" : "deleted";
});

export const readUrlConfig = proc("lambda.url.read", (tx, key: UrlKey): Promise<UrlConfigRow | undefined> => configOf(tx, key));

/** The function's own first. */
export const listUrlConfigs = proc(
  "lambda.url.list",
  (tx, functionId: number): Promise<UrlConfigRow[]> =>
    tx.query<UrlConfigRow>(`SELECT ${COLUMNS} FROM function_url WHERE function_id = $1 ORDER BY qualifier`, [functionId]),
);

async function configOf(tx: Tx, { functionId, qualifier }: UrlKey): Promise<UrlConfigRow | undefined> {
  const [row] = await tx.query<UrlConfigRow>(`SELECT ${COLUMNS} FROM function_url WHERE function_id = $1 AND qualifier = $2`, [
    functionId,
    qualifier,
  ]);
  return row;
}
