// Where a provisioned qualifier leads, and AWS's rule that only one of them leads to each version. The caller holds the function's lock.

import type { ProvisionedRow } from "../../../functions/concurrency.procs.ts";
import type { Tx } from "../../../store/database.ts";

const VERSION = /^[0-9]+$/;

export type Target =
  | { readonly kind: "version"; readonly number: number }
  | { readonly kind: "no-such-version" | "no-such-alias" | "unpublished" | "weighted" | "version-is-provisioned" | "alias-is-provisioned" };

/** What provisioning `qualifier` would start, or why it cannot be. `configs` are all of the function's. */
export async function targetOf(tx: Tx, functionId: number, qualifier: string, configs: readonly ProvisionedRow[]): Promise<Target> {
  const alias = VERSION.test(qualifier) ? { number: Number(qualifier), second_number: null } : await aliasOf(tx, functionId, qualifier);
  if (alias === undefined) return { kind: "no-such-alias" };
  const { number } = alias;
  if (number === 0) return { kind: "unpublished" };
  if (alias.second_number !== null) return { kind: "weighted" };
  const found = await tx.query("SELECT number FROM function_version WHERE function_id = $1 AND number = $2", [functionId, number]);
  if (found.length === 0) return { kind: "no-such-version" };
  return (await isTaken(tx, functionId, number, qualifier, configs))
    ? { kind: VERSION.test(qualifier) ? "alias-is-provisioned" : "version-is-provisioned" }
    : { kind: "version", number };
}

/** Whether an alias may lead to that version, since what is provisioned for the alias would follow it. */
export async function mayLead(tx: Tx, alias: { function_id: number; name: string; number: number }): Promise<Target["kind"]> {
  const { function_id, name, number } = alias;
  const configs = await tx.query<ProvisionedRow>("SELECT qualifier FROM provisioned_concurrency WHERE function_id = $1", [function_id]);
  if (configs.every((config) => config.qualifier !== name)) return "version";
  if (number === 0) return "unpublished";
  return (await isTaken(tx, function_id, number, name, configs)) ? "version-is-provisioned" : "version";
}

async function isTaken(
  tx: Tx,
  functionId: number,
  number: number,
  qualifier: string,
  configs: readonly Pick<ProvisionedRow, "qualifier">[],
): Promise<boolean> {
  const leading = await tx.query<{ name: string }>("SELECT name FROM alias WHERE function_id = $1 AND number = $2", [functionId, number]);
  const names = new Set([String(number), ...leading.map(({ name }) => name)]);
  return configs.some((config) => config.qualifier !== qualifier && names.has(config.qualifier));
}

interface AliasTarget {
  readonly number: number;
  readonly second_number: number | null;
}

async function aliasOf(tx: Tx, functionId: number, name: string): Promise<AliasTarget | undefined> {
  const sql = "SELECT number, second_number FROM alias WHERE function_id = $1 AND name = $2";
  return (await tx.query<AliasTarget>(sql, [functionId, name]))[0];
}
