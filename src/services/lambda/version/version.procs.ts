// Statements about published versions.

import { beginChange, type FunctionChange, VERSION_COLUMNS, type VersionRow, versionRow } from "../../../functions/catalogue.procs.ts";
import { dropProvisioned } from "../../../functions/concurrency.procs.ts";
import { dropEventInvoke } from "../../../functions/event-invoke.procs.ts";
import { dropLayers, keepLayers } from "../../../functions/function-layers.procs.ts";
import { proc, type Tx } from "../../../store/database.ts";
import { discardBlobs } from "../../../store/garbage.procs.ts";

export interface Publication {
  readonly revision: string;
  readonly nowMs: number;
  /** Replaces $LATEST's in the version. */
  readonly description: string | undefined;
}

/** The caller holds the function's lock. Nothing new since the last version: that one, as it is. */
export async function publishLatest(tx: Tx, latest: VersionRow, publication: Publication): Promise<VersionRow> {
  const [last] = await tx.query<VersionRow>(
    `SELECT ${VERSION_COLUMNS} FROM function_version WHERE function_id = $1 AND number > 0 ORDER BY number DESC LIMIT 1`,
    [latest.function_id],
  );
  if (last?.fingerprint === latest.fingerprint) return last;
  const [counter] = await tx.query<{ last_version: number }>(
    "UPDATE functions SET last_version = last_version + 1 WHERE id = $1 RETURNING last_version",
    [latest.function_id],
  );
  const { revision, nowMs, description = latest.description } = publication;
  const version: VersionRow = {
    ...latest,
    number: counter!.last_version, // the caller has locked the row: it is there
    revision,
    modified_at: nowMs,
    description,
    state: "Active",
    update_status: "Successful",
  };
  await insertVersion(tx, version);
  return version;
}

export async function insertVersion(tx: Tx, row: VersionRow): Promise<void> {
  await tx.query(`INSERT INTO function_version (${VERSION_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, [
    row.function_id,
    row.number,
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
  ]);
  await keepLayers(tx, row);
}

export interface PublishRequest {
  readonly functionId: number;
  readonly revisionId: string | undefined;
  readonly codeSha256: string | undefined;
  readonly publication: Publication;
}

export type Published =
  | { readonly outcome: "published"; readonly change: FunctionChange; readonly version: VersionRow }
  | { readonly outcome: "gone" | "in-progress" | "revision-mismatch" }
  | { readonly outcome: "other-code"; readonly currentSha256: string };

export const publish = proc("lambda.version.publish", async (tx, args: PublishRequest): Promise<Published> => {
  const row = await beginChange(tx, args.functionId);
  const latest = row && (await versionRow(tx, args.functionId, 0));
  if (row === undefined || latest === undefined) return { outcome: "gone" };
  if (args.revisionId !== undefined && args.revisionId !== latest.revision) return { outcome: "revision-mismatch" };
  if (args.codeSha256 !== undefined && args.codeSha256 !== latest.code_sha256) {
    return { outcome: "other-code", currentSha256: latest.code_sha256 };
  }
  if (latest.state !== "Active" || latest.update_status !== "Successful") return { outcome: "in-progress" };
  const version = await publishLatest(tx, latest, args.publication);
  return { outcome: "published", change: { function: row, versions: [version] }, version };
});

export type VersionRemoval =
  | { readonly outcome: "deleted"; readonly change: FunctionChange }
  | { readonly outcome: "gone" }
  | { readonly outcome: "named-by-aliases"; readonly aliases: readonly string[] };

export const deleteVersionRow = proc(
  "lambda.version.delete",
  async (tx, args: { functionId: number; number: number; nowMs: number }): Promise<VersionRemoval> => {
    const { functionId, number, nowMs } = args;
    const row = await beginChange(tx, functionId);
    if (row === undefined) return { outcome: "gone" };
    const naming = await tx.query<{ name: string }>(
      "SELECT name FROM alias WHERE function_id = $1 AND (number = $2 OR second_number = $2) ORDER BY name",
      [functionId, number],
    );
    if (naming.length > 0) return { outcome: "named-by-aliases", aliases: naming.map(({ name }) => name) };
    const deleted = await tx.query<{ code_key: string }>(
      "DELETE FROM function_version WHERE function_id = $1 AND number = $2 RETURNING code_key",
      [functionId, number],
    );
    if (deleted.length === 0) return { outcome: "gone" };
    await tx.query("DELETE FROM function_policy WHERE function_id = $1 AND qualifier = $2", [functionId, String(number)]);
    await discardBlobs(
      tx,
      deleted.map(({ code_key }) => code_key),
      nowMs,
    );
    await dropLayers(tx, args);
    const concurrency = await dropProvisioned(tx, functionId, String(number));
    const eventInvoke = await dropEventInvoke(tx, functionId, String(number));
    return { outcome: "deleted", change: { function: row, removedVersions: [number], concurrency, eventInvoke } };
  },
);
