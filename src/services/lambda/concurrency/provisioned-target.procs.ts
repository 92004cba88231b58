// Where a provisioned qualifier leads, and AWS's rule that only one of them leads to each version. The caller holds the function's lock.

import type { ProvisionedRow } from "../../../functions/concurrency.procs.ts";
import type { Tx } from "../../../store/database.ts";

const VERSION = /^[0-9]+$/;

export type Target =
  | { readonly kind: "version"; readonly number: number }
  | { readonly kind: "no-such-version" | "no-such-alias" | "unpublished" | "version-is-provisioned" | "alias-is-provisioned" };

/** What provisioning `qualifier` would start, or why it cannot be. `configs` are all of the function's. */
export async function targetOf(tx: Tx, functionId: number, qualifier: string, configs: readonly ProvisionedRow[]): Promise<Target> {
  const number = VERSION.test(qualifier) ? Number(qualifier) : await aliasNumber(tx, functionId, qualifier);
  if (number === undefined) return { kind: "no-such-alias" };
  if (number === 0) return { kind: "unpublished" };
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

async function aliasNumber(tx: Tx, functionId: number, name: string): Promise<number | undefined> {
  const [row] = await tx.query<{ number: number }>("SELECT number FROM alias WHERE function_id = $1 AND name = $2", [functionId, name]);
  return row?.number;
}
