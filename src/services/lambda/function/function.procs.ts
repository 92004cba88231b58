// Statements that create, change, settle and delete functions. Each locks the function's row first.

import {
  beginChange,
  FUNCTION_COLUMNS,
  type FunctionChange,
  type FunctionRow,
  VERSION_COLUMNS,
  type VersionRow,
  versionRow,
} from "../../../functions/catalogue.procs.ts";
import { dropLayers, keepLayers } from "../../../functions/function-layers.procs.ts";
import { URL_TOPIC } from "../../../functions/function-urls.procs.ts";
import { nextChange } from "../../../store/change-number.ts";
import { proc, type Tx } from "../../../store/database.ts";
import { discardBlobs } from "../../../store/garbage.procs.ts";
import { putTags } from "../tag/tag.procs.ts";
import { insertVersion, type Publication, publishLatest } from "../version/version.procs.ts";

/** What a create or an update writes of $LATEST. */
export type LatestWrite = Omit<VersionRow, "function_id" | "number" | "state" | "update_status">;

export interface NewFunction {
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly latest: LatestWrite;
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly publish: Publication | undefined;
}

export interface Written {
  readonly change: FunctionChange;
  readonly latest: VersionRow;
  readonly published: VersionRow | undefined;
}

/** Version numbers go on where a former function of this name had stopped. */
export const insertFunction = proc("lambda.function.insert", async (tx, args: NewFunction): Promise<Written | "exists"> => {
  const changedIn = await nextChange(tx);
  const [row] = await tx.query<FunctionRow>(
    `INSERT INTO functions (account, region, name, last_version, generation, created_at, changed_in) VALUES ($1, $2, $3, 0, 1, $4, $5)
     ON CONFLICT (account, region, name) DO UPDATE SET created_at = excluded.created_at, generation = functions.generation + 1,
       changed_in = excluded.changed_in WHERE functions.created_at IS NULL RETURNING ${FUNCTION_COLUMNS}`,
    [args.account, args.region, args.name, args.latest.modified_at, changedIn],
  );
  if (row === undefined) return "exists";
  const latest: VersionRow = { ...args.latest, function_id: row.id, number: 0, state: "Pending", update_status: "Successful" };
  await insertVersion(tx, latest);
  const tags = await putTags(tx, row.id, args.tags);
  const published = args.publish && (await publishLatest(tx, latest, args.publish));
  return { change: { function: row, versions: published ? [latest, published] : [latest], tags }, latest, published };
});

export interface LatestUpdate {
  readonly functionId: number;
  /** The revision that `latest` was derived from. */
  readonly basedOn: string;
  /** As demanded by the caller. */
  readonly revisionId: string | undefined;
  readonly latest: LatestWrite;
  readonly publish: Publication | undefined;
}

export type UpdateRefusal = "gone" | "revision-mismatch" | "in-progress";

export const updateLatest = proc("lambda.function.update", async (tx, args: LatestUpdate): Promise<Written | UpdateRefusal> => {
  const row = await beginChange(tx, args.functionId);
  const before = row && (await versionRow(tx, args.functionId, 0));
  if (row === undefined || before === undefined) return "gone";
  if (args.revisionId !== undefined && args.revisionId !== before.revision) return "revision-mismatch";
  const isSettled = before.state === "Active" && before.update_status === "Successful";
  if (!isSettled || before.revision !== args.basedOn) return "in-progress";
  const latest: VersionRow = { ...args.latest, function_id: row.id, number: 0, state: "Active", update_status: "InProgress" };
  await writeLatest(tx, latest);
  await keepLayers(tx, latest, before);
  if (before.code_key !== latest.code_key) await discardBlobs(tx, [before.code_key], latest.modified_at);
  const published = args.publish && (await publishLatest(tx, latest, args.publish));
  return { change: { function: row, versions: published ? [latest, published] : [latest] }, latest, published };
});

export interface Settlement {
  readonly functionId: number;
  /** Only this revision settles: a later update has a settlement of its own. */
  readonly revision: string;
  readonly nextRevision: string;
}

/** Any node may settle: where another one has done so already, the answer is what is there now. undefined: the function is gone. */
export const settleFunction = proc("lambda.function.settle", async (tx, args: Settlement): Promise<FunctionChange | undefined> => {
  const row = await beginChange(tx, args.functionId);
  if (row === undefined) return undefined;
  const settled = await tx.query<VersionRow>(
    `UPDATE function_version SET state = 'Active', update_status = 'Successful', revision = $3
     WHERE function_id = $1 AND number = 0 AND revision = $2 RETURNING ${VERSION_COLUMNS}`,
    [args.functionId, args.revision, args.nextRevision],
  );
  if (settled.length > 0) return { function: row, versions: settled };
  const now = await versionRow(tx, args.functionId, 0);
  return { function: row, versions: now === undefined ? [] : [now] };
});

/** Tables whose rows go with their function. */
const OWNED = [
  "function_version",
  "alias",
  "function_policy",
  "function_tag",
  "function_url",
  "reserved_concurrency",
  "provisioned_concurrency",
  "event_invoke_config",
];

/** undefined: somebody else deleted it. */
export const deleteFunctionRows = proc(
  "lambda.function.delete",
  async (tx, args: { functionId: number; nowMs: number }): Promise<FunctionChange | undefined> => {
    const changedIn = await nextChange(tx);
    const [row] = await tx.query<FunctionRow>(
      `UPDATE functions SET created_at = NULL, generation = generation + 1, changed_in = $2 WHERE id = $1 AND created_at IS NOT NULL
       RETURNING ${FUNCTION_COLUMNS}`,
      [args.functionId, changedIn],
    );
    if (row === undefined) return undefined;
    const codes = await tx.query<{ code_key: string }>("SELECT DISTINCT code_key FROM function_version WHERE function_id = $1", [row.id]);
    for (const table of OWNED) {
      await tx.query(`DELETE FROM ${table} WHERE function_id = $1`, [row.id]);
    }
    // Its waiting events go too; the upkeep of queues removes them.
    await tx.query("DELETE FROM queue WHERE account = $1 AND region = $2 AND kind = 'async' AND name = $3", [
      row.account,
      row.region,
      row.name,
    ]);
    await discardBlobs(
      tx,
      codes.map(({ code_key }) => code_key),
      args.nowMs,
    );
    await dropLayers(tx, args);
    tx.wake(URL_TOPIC);
    return { function: row };
  },
);

/** Code that was kept before the call was refused: collected later, unless a version names it after all. */
export const discardCode = proc("lambda.code.discard", (tx, args: { codeKey: string; nowMs: number }) =>
  discardBlobs(tx, [args.codeKey], args.nowMs),
);

async function writeLatest(tx: Tx, row: VersionRow): Promise<void> {
  await tx.query(
    `UPDATE function_version SET revision = $2, modified_at = $3, state = $4, update_status = $5, code_key = $6, code_sha256 = $7,
     code_size = $8, fingerprint = $9, description = $10, settings = $11 WHERE function_id = $1 AND number = 0`,
    [
      row.function_id,
      row.revision,
      row.modified_at,
      row.state,
      row.update_status,
      row.code_key,
      row.code_sha256,
      row.code_size,
      row.fingerprint,
      row.description,
      row.settings,
    ],
  );
}
