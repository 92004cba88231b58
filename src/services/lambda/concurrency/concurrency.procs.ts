// Statements about reserved and provisioned concurrency. Those that claim more of the account's concurrency lock its row first, the
// function's after it.

import { beginChange, type FunctionChange } from "../../../functions/catalogue.procs.ts";
import {
  type ConcurrencyRows,
  concurrencyOf,
  dropProvisioned,
  PROVISIONED_COLUMNS,
  type ProvisionedRow,
  type ReservedRow,
} from "../../../functions/concurrency.procs.ts";
import { proc, type Tx } from "../../../store/database.ts";
import { type Target, targetOf } from "./provisioned-target.procs.ts";

export interface AccountLimit {
  readonly account: string;
  readonly region: string;
  readonly concurrencyMax: number;
  /** What claims must leave over for the functions without one. */
  readonly unreservedMin: number;
}

interface Done {
  readonly outcome: "done";
  readonly change: FunctionChange;
}

export type Reserved =
  | Done
  | { readonly outcome: "gone" | "below-minimum" }
  | { readonly outcome: "below-provisioned"; readonly provisioned: number };

export const reserve = proc(
  "lambda.concurrency.reserve",
  async (tx, args: { functionId: number; reserved: number; limit: AccountLimit }): Promise<Reserved> => {
    const { functionId, reserved, limit } = args;
    await lockAccount(tx, limit);
    const row = await beginChange(tx, functionId);
    if (row === undefined) return { outcome: "gone" };
    const before = await concurrencyOf(tx, functionId);
    const provisioned = sum(before.provisioned);
    if (reserved < provisioned) return { outcome: "below-provisioned", provisioned };
    const free = limit.concurrencyMax - (await claimsOfOthers(tx, functionId, limit));
    if (reserved > claim(before) && free - reserved < limit.unreservedMin) return { outcome: "below-minimum" };
    await tx.query(
      "INSERT INTO reserved_concurrency (function_id, reserved) VALUES ($1, $2) ON CONFLICT (function_id) DO UPDATE SET reserved = excluded.reserved",
      [functionId, reserved],
    );
    return { outcome: "done", change: { function: row, concurrency: { ...before, reserved } } };
  },
);

export type Unreserved = Done | { readonly outcome: "gone" };

/** A function without any is no error. */
export const unreserve = proc("lambda.concurrency.unreserve", async (tx, args: { functionId: number }): Promise<Unreserved> => {
  const row = await beginChange(tx, args.functionId);
  if (row === undefined) return { outcome: "gone" };
  await tx.query("DELETE FROM reserved_concurrency WHERE function_id = $1", [args.functionId]);
  return { outcome: "done", change: { function: row, concurrency: await concurrencyOf(tx, args.functionId) } };
});

export interface ProvisionRequest {
  readonly functionId: number;
  readonly qualifier: string;
  readonly requested: number;
  readonly nowMs: number;
  readonly limit: AccountLimit;
}

export type Provisioned =
  | Done
  | { readonly outcome: "gone" | "above-reserved" | "below-minimum" }
  | { readonly outcome: "above-unreserved"; readonly unreserved: number }
  | { readonly outcome: Exclude<Target["kind"], "version"> };

export const provision = proc("lambda.concurrency.provision", async (tx, args: ProvisionRequest): Promise<Provisioned> => {
  const { functionId, qualifier, requested, nowMs, limit } = args;
  await lockAccount(tx, limit);
  const row = await beginChange(tx, functionId);
  if (row === undefined) return { outcome: "gone" };
  const before = await concurrencyOf(tx, functionId);
  const target = await targetOf(tx, functionId, qualifier, before.provisioned);
  if (target.kind !== "version") return { outcome: target.kind };
  const others = sum(before.provisioned.filter((config) => config.qualifier !== qualifier));
  if (before.reserved !== null) {
    if (others + requested > before.reserved) return { outcome: "above-reserved" };
  } else {
    const unreserved = limit.concurrencyMax - (await claimsOfOthers(tx, functionId, limit)) - others;
    if (requested > unreserved) return { outcome: "above-unreserved", unreserved };
    if (others + requested > claim(before) && unreserved - requested < limit.unreservedMin) return { outcome: "below-minimum" };
  }
  await tx.query(
    `INSERT INTO provisioned_concurrency (${PROVISIONED_COLUMNS}) VALUES ($1, $2, $3, $4)
     ON CONFLICT (function_id, qualifier) DO UPDATE SET requested = excluded.requested, modified_at = excluded.modified_at`,
    [functionId, qualifier, requested, nowMs],
  );
  return { outcome: "done", change: { function: row, concurrency: await concurrencyOf(tx, functionId) } };
});

export type Unprovisioned = Done | { readonly outcome: "gone" | "not-provisioned" };

export const unprovision = proc(
  "lambda.concurrency.unprovision",
  async (tx, args: { functionId: number; qualifier: string }): Promise<Unprovisioned> => {
    const row = await beginChange(tx, args.functionId);
    if (row === undefined) return { outcome: "gone" };
    const concurrency = await dropProvisioned(tx, args.functionId, args.qualifier);
    return concurrency === undefined ? { outcome: "not-provisioned" } : { outcome: "done", change: { function: row, concurrency } };
  },
);

async function lockAccount(tx: Tx, { account, region }: AccountLimit): Promise<void> {
  await tx.query(
    `INSERT INTO account_concurrency (account, region, changes) VALUES ($1, $2, 1)
     ON CONFLICT (account, region) DO UPDATE SET changes = account_concurrency.changes + 1`,
    [account, region],
  );
}

/** What the other functions of the account keep for themselves. */
async function claimsOfOthers(tx: Tx, functionId: number, { account, region }: AccountLimit): Promise<number> {
  const theirs =
    "JOIN functions f ON f.id = c.function_id WHERE f.account = $1 AND f.region = $2 AND f.created_at IS NOT NULL AND f.id <> $3";
  const values = [account, region, functionId];
  const reserved = await tx.query<ReservedRow>(`SELECT c.function_id, c.reserved FROM reserved_concurrency c ${theirs}`, values);
  const provisioned = await tx.query<ProvisionedRow>(`SELECT c.function_id, c.requested FROM provisioned_concurrency c ${theirs}`, values);
  const haveReserved = new Set(reserved.map((row) => row.function_id));
  const unreserved = provisioned.filter((row) => !haveReserved.has(row.function_id));
  return reserved.reduce((total, row) => total + row.reserved, sum(unreserved));
}

function claim({ reserved, provisioned }: ConcurrencyRows): number {
  return reserved ?? sum(provisioned);
}

function sum(rows: readonly Pick<ProvisionedRow, "requested">[]): number {
  return rows.reduce((total, { requested }) => total + requested, 0);
}
