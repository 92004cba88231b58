// The rows of functions, versions and aliases, how a change of them is reported to the catalogue, and how the catalogue is loaded.

import { nextChange } from "../store/change-number.ts";
import { proc, type Tx, urgentProc } from "../store/database.ts";
import { type ConcurrencyRows, concurrencyOf } from "./concurrency.procs.ts";
import { type EventInvokeRow, eventInvokeOf } from "./event-invoke.procs.ts";

export interface FunctionRow {
  readonly id: number;
  readonly account: string;
  readonly region: string;
  readonly name: string;
  readonly generation: number;
  /** null: deleted. */
  readonly created_at: number | null;
  /** Version of the catalogue that the last change has made. */
  readonly changed_in: number;
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
  /** All that there is of it: what is not named is gone. */
  readonly isWhole?: true;
  readonly versions?: readonly VersionRow[];
  readonly aliases?: readonly AliasRow[];
  readonly removedVersions?: readonly number[];
  readonly removedAliases?: readonly string[];
  /** All that the function has now. */
  readonly tags?: readonly TagRow[];
  readonly concurrency?: ConcurrencyRows | undefined;
  readonly eventInvoke?: readonly EventInvokeRow[] | undefined;
}

export const FUNCTION_COLUMNS = "id, account, region, name, generation, created_at, changed_in";
export const VERSION_COLUMNS =
  "function_id, number, revision, modified_at, state, update_status, code_key, code_sha256, code_size, fingerprint, description, settings";
export const ALIAS_COLUMNS = "function_id, name, number, second_number, second_weight, description, revision";
export const TAG_COLUMNS = "function_id, key, value";

/** Locks the function until the commit and gives its change a number. undefined: there is no such function (any more). */
export async function beginChange(tx: Tx, functionId: number): Promise<FunctionRow | undefined> {
  const version = await nextChange(tx);
  const [row] = await tx.query<FunctionRow>(
    `UPDATE functions SET generation = generation + 1, changed_in = $2 WHERE id = $1 AND created_at IS NOT NULL
     RETURNING ${FUNCTION_COLUMNS}`,
    [functionId, version],
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

export const catalogueVersion = proc("functions.catalogue.version", (tx, _: null): Promise<number> => versionOf(tx));

export async function versionOf(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ version: number }>("SELECT version FROM catalogue WHERE id = 1");
  return row!.version;
}

export interface CataloguePage {
  readonly functions: readonly FunctionRow[];
  readonly versions: readonly VersionRow[];
  readonly aliases: readonly AliasRow[];
  readonly tags: readonly TagRow[];
}

export interface Changes {
  readonly changes: readonly FunctionChange[];
  /** Nothing is left between the last of them and this version. undefined: there may be more. */
  readonly upTo: number | undefined;
}

/** Functions that changed behind `version`, deleted ones too, in the order of their changes; of those that there are, all that belongs to them. */
export const changedFunctions = urgentProc(
  "functions.catalogue.changed",
  async (tx, { version, functionsMax }: { version: number; functionsMax: number }): Promise<Changes> => {
    const changed = tx.query<FunctionRow>(`SELECT ${FUNCTION_COLUMNS} FROM functions WHERE changed_in > $1 ORDER BY changed_in LIMIT $2`, [
      version,
      functionsMax,
    ]);
    const [upTo, functions] = await Promise.all([versionOf(tx), changed]); // of one snapshot: this only reads
    const whole = (row: FunctionRow) => (row.created_at === null ? { function: row } : wholeFunction(tx, row));
    const changes: readonly FunctionChange[] = await Promise.all(functions.map(whole));
    return { changes, upTo: functions.length < functionsMax ? upTo : undefined };
  },
);

async function wholeFunction(tx: Tx, row: FunctionRow): Promise<FunctionChange> {
  const of = [row.id];
  const [versions, aliases, tags, concurrency, eventInvoke] = await Promise.all([
    tx.query<VersionRow>(`SELECT ${VERSION_COLUMNS} FROM function_version WHERE function_id = $1`, of),
    tx.query<AliasRow>(`SELECT ${ALIAS_COLUMNS} FROM alias WHERE function_id = $1`, of),
    tx.query<TagRow>(`SELECT ${TAG_COLUMNS} FROM function_tag WHERE function_id = $1 ORDER BY key`, of),
    concurrencyOf(tx, row.id),
    eventInvokeOf(tx, row.id),
  ]);
  return { function: row, isWhole: true, versions, aliases, tags, concurrency, eventInvoke };
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

/** A predecessor that was killed between an answer and its settling left these behind. Nothing is lost when their node still lives. */
export const settleLeftovers = proc("functions.catalogue.settle-leftovers", async (tx, _: null): Promise<number> => {
  const unsettled = await tx.query<{ function_id: number }>(
    "SELECT function_id FROM function_version WHERE number = 0 AND (state <> 'Active' OR update_status <> 'Successful') ORDER BY function_id",
  );
  for (const { function_id } of unsettled) {
    if ((await beginChange(tx, function_id)) === undefined) continue;
    await tx.query("UPDATE function_version SET state = 'Active', update_status = 'Successful' WHERE function_id = $1 AND number = 0", [
      function_id,
    ]);
  }
  return unsettled.length;
});
