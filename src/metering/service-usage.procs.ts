// Statements about what is used beside functions: requests to queues, bytes of logs.

import { proc, type Tx } from "../store/database.ts";
import type { ServiceKind } from "./prices.ts";
import type { UsageQuery } from "./usage.procs.ts";

const HOUR_MS = 3_600_000;

export interface ServiceUse {
  readonly account: string;
  readonly region: string;
  readonly kind: ServiceKind;
  /** Name of the queue, or of the log group. */
  readonly resource: string;
}

export interface ServiceRow extends ServiceUse {
  readonly minute: number;
  /** Requests or bytes. */
  readonly quantity: number;
}

const KEY = "minute, account, region, kind, resource";
const ADD = `ON CONFLICT (${KEY}) DO UPDATE SET quantity = usage_service.quantity + excluded.quantity`;

/** Part of the flush that counts once. */
export async function addServiceUse(tx: Tx, used: readonly ServiceRow[]): Promise<void> {
  if (used.length === 0) return;
  const rows = used.map(({ minute, account, region, kind, resource, quantity }) => [minute, account, region, kind, resource, quantity]);
  const inOrder = rows.toSorted((a, b) => (JSON.stringify(a.slice(0, 5)) < JSON.stringify(b.slice(0, 5)) ? -1 : 1)); // nodes lock in one order
  const bigint = new Set(["minute", "quantity"]);
  const columns = [...KEY.split(", "), "quantity"].map((name) => [name, bigint.has(name) ? "bigint" : "text"] as const);
  await tx.insertMany("usage_service", columns, inOrder, ADD);
}

export interface ServiceSum {
  readonly start_ms: number;
  readonly account: string;
  readonly region: string;
  readonly kind: ServiceKind;
  readonly resource: string;
  readonly quantity: number;
}

export const readServiceUse = proc("metering.services.read", (tx, { account, fromMs, toMs, stepMs }: UsageQuery) =>
  tx.query<ServiceSum>(
    `SELECT minute - minute % $4 AS start_ms, account, region, kind, resource, CAST(sum(quantity) AS bigint) AS quantity
     FROM usage_service WHERE minute >= $1 AND minute < $2 AND ($3 = '' OR account = $3)
     GROUP BY minute - minute % $4, account, region, kind, resource ORDER BY 1`,
    [fromMs, toMs, account ?? "", stepMs],
  ),
);

/** As rollUpUsage does for functions. */
export const rollUpServiceUse = proc("metering.services.roll-up", async (tx, args: { hoursBeforeMs: number; goneBeforeMs: number }) => {
  const old = [args.hoursBeforeMs - (args.hoursBeforeMs % HOUR_MS)];
  const isOld = `minute < $1 AND minute % ${HOUR_MS} <> 0`;
  const hour = `minute - minute % ${HOUR_MS}`;
  await tx.query(
    `INSERT INTO usage_service (${KEY}, quantity)
     SELECT ${hour}, account, region, kind, resource, sum(quantity) FROM usage_service WHERE ${isOld}
     GROUP BY ${hour}, account, region, kind, resource ${ADD}`,
    old,
  );
  await tx.query(`DELETE FROM usage_service WHERE ${isOld}`, old);
  await tx.query("DELETE FROM usage_service WHERE minute < $1", [args.goneBeforeMs]);
});
