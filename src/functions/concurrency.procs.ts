// The rows that say how much concurrency functions have for themselves, and how a change of them reaches the catalogue.

import { proc, type Tx } from "../store/database.ts";

export interface ReservedRow {
  readonly function_id: number;
  readonly reserved: number;
}

export interface ProvisionedRow {
  readonly function_id: number;
  /** A version number or the name of an alias. */
  readonly qualifier: string;
  readonly requested: number;
  readonly modified_at: number;
}

/** All that a function has. */
export interface ConcurrencyRows {
  readonly reserved: number | null;
  readonly provisioned: readonly ProvisionedRow[];
}

export const PROVISIONED_COLUMNS = "function_id, qualifier, requested, modified_at";

export async function concurrencyOf(tx: Tx, functionId: number): Promise<ConcurrencyRows> {
  const [row] = await tx.query<ReservedRow>("SELECT function_id, reserved FROM reserved_concurrency WHERE function_id = $1", [functionId]);
  const provisioned = await tx.query<ProvisionedRow>(`SELECT ${PROVISIONED_COLUMNS} FROM provisioned_concurrency WHERE function_id = $1`, [
    functionId,
  ]);
  return { reserved: row?.reserved ?? null, provisioned };
}

/** What a version or an alias had goes with it. undefined: it had nothing. The caller holds the function's lock. */
export async function dropProvisioned(tx: Tx, functionId: number, qualifier: string): Promise<ConcurrencyRows | undefined> {
  const dropped = await tx.query(
    "DELETE FROM provisioned_concurrency WHERE function_id = $1 AND qualifier = $2 RETURNING requested AS requested",
    [functionId, qualifier],
  );
  return dropped.length === 0 ? undefined : concurrencyOf(tx, functionId);
}

export interface AllConcurrency {
  readonly reserved: readonly ReservedRow[];
  readonly provisioned: readonly ProvisionedRow[];
}

/** Few functions have any: read at once. */
export const loadConcurrency = proc("functions.concurrency.load", async (tx, _: null): Promise<AllConcurrency> => {
  return {
    reserved: await tx.query<ReservedRow>("SELECT function_id, reserved FROM reserved_concurrency"),
    provisioned: await tx.query<ProvisionedRow>(`SELECT ${PROVISIONED_COLUMNS} FROM provisioned_concurrency`),
  };
});
