// The rows of functions, versions and aliases, how a change of them is reported to the catalogue, and how the catalogue is loaded.

import { proc, type Tx } from "../store/database.ts";
import type { ConcurrencyRows } from "./concurrency.procs.ts";
import type { EventInvokeRow } from "./event-invoke.procs.ts";

export interface FunctionRow {
  readonly id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly generation: number;
  /** null: deleted. */
  readonly created_at: number | null;
}

export type VersionState = "Pending" | "Active";
export type UpdateStatus = "InProgress" | "Successful";

export interface VersionRow {
  readonly function_id: number;
  /** 0 is $LATEST. */
  readonly number: number;
  readonly revision: string;
  readonly modified_at: number;
  readonly state: VersionState;
  readonly update_status: UpdateStatus;
  readonly code_key: string;
  readonly code_sha256: string;
  readonly code_size: number;
  readonly fingerprint: string;
  readonly description: string;
  readonly settings: string;
}

export interface AliasRow {
  readonly function_id: number;
  readonly name: string;
  readonly number: number;
  readonly second_number: number | null;
  readonly second_weight: number | null;
  readonly description: string;
  readonly revision: string;
}

export interface TagRow {
  readonly function_id: number;
  readonly key: string;
  readonly value: string;
}

/** What a committed change did to one function. Whoever commits one hands it to the catalogue. */
export interface FunctionChange {
  readonly function: FunctionRow;
  readonly versions?: readonly VersionRow[];
  readonly aliases?: readonly AliasRow[];
  readonly removedVersions?: readonly number[];
  readonly removedAliases?: readonly string[];
  /** All that the function has now. */
  readonly tags?: readonly TagRow[];
  readonly concurrency?: ConcurrencyRows | undefined;
  readonly eventInvoke?: readonly EventInvokeRow[] | undefined;
}

export const FUNCTION_COLUMNS = "id, account, region, name, generation, created_at";
export const VERSION_COLUMNS =
  "function_id, number, revision, modified_at, state, update_status, code_key, code_sha256, code_size, fingerprint, description, settings";
export const ALIAS_COLUMNS = "function_id, name, number, second_number, second_weight, description, revision";
export const TAG_COLUMNS = "function_id, key, value";

/** Locks the function until the commit and gives its change a number. undefined: there is no such function (any more). */
export async function beginChange(tx: Tx, functionId: number): Promise<FunctionRow | undefined> {
  const [row] = await tx.query<FunctionRow>(
    `UPDATE functions SET generation = generation + 1 WHERE id = $1 AND created_at IS NOT NULL RETURNING ${FUNCTION_COLUMNS}`,
    [functionId],
  );
  return row;
}

export async function versionRow(tx: Tx, functionId: number, number: number): Promise<VersionRow | undefined> {
  const [row] = await tx.query<VersionRow>(`SELECT ${VERSION_COLUMNS} FROM function_version WHERE function_id = $1 AND number = $2`, [
    functionId,
    number,
  ]);
  return row;
}

export interface CataloguePage {
  readonly functions: readonly FunctionRow[];
  readonly versions: readonly VersionRow[];
  readonly aliases: readonly AliasRow[];
  readonly tags: readonly TagRow[];
}

/** Up to `functionsMax` functions with ids above `afterId`, in order of id, with all that belongs to them. */
export const loadCataloguePage = proc(
  "functions.catalogue.load",
  async (tx, { afterId, functionsMax }: { afterId: number; functionsMax: number }): Promise<CataloguePage> => {
    const functions = await tx.query<FunctionRow>(
      `SELECT ${FUNCTION_COLUMNS} FROM functions WHERE id > $1 AND created_at IS NOT NULL ORDER BY id LIMIT $2`,
      [afterId, functionsMax],
    );
    const range = [afterId, functions.at(-1)?.id ?? afterId];
    const within = "WHERE function_id > $1 AND function_id <= $2";
    return {
      functions,
      versions: await tx.query<VersionRow>(`SELECT ${VERSION_COLUMNS} FROM function_version ${within}`, range),
      aliases: await tx.query<AliasRow>(`SELECT ${ALIAS_COLUMNS} FROM alias ${within}`, range),
      tags: await tx.query<TagRow>(`SELECT ${TAG_COLUMNS} FROM function_tag ${within} ORDER BY function_id, key`, range),
    };
  },
);

/** A predecessor that was killed between an answer and its settling left these behind. */
export const settleLeftovers = proc("functions.catalogue.settle-leftovers", async (tx, _: null): Promise<number> => {
  const settled = await tx.query(
    `UPDATE function_version SET state = 'Active', update_status = 'Successful'
     WHERE number = 0 AND (state <> 'Active' OR update_status <> 'Successful') RETURNING function_id`,
  );
  return settled.length;
});
