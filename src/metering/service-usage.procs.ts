// Statements about what is used beside functions: requests to queues, bytes of logs.

import { proc, type Tx } from "../store/database.ts";
import { addSums, type RollUp, rollUpSums, type SumTable } from "./minute-sums.ts";
import type { ServiceKind } from "./prices.ts";
import type { UsageQuery } from "./usage.procs.ts";

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

const TABLE: SumTable = {
  name: "usage_service",
  key: ["account", "region", "kind", "resource"].map((name) => [name, "text"] as const),
  sums: ["quantity"],
};

/** Part of the flush that counts once. */
export function addServiceUse(tx: Tx, used: readonly ServiceRow[]): Promise<void> {
  const rows = used.map(({ minute, account, region, kind, resource, quantity }) => [minute, account, region, kind, resource, quantity]);
  return addSums(tx, TABLE, rows);
}

export interface ServiceSum {
  readonly start_ms: number;
  readonly account: string;
  readonly region: string;
  readonly kind: ServiceKind;
  readonly resource: string;
  readonly quantity: number;
}

/** Part of reading all that was used. */
export function serviceUse(tx: Tx, { account, fromMs, toMs, stepMs }: UsageQuery): Promise<ServiceSum[]> {
  return tx.query<ServiceSum>(
    `SELECT minute - minute % $4 AS start_ms, account, region, kind, resource, CAST(sum(quantity) AS bigint) AS quantity
     FROM usage_service WHERE minute >= $1 AND minute < $2 AND ($3 = '' OR account = $3)
     GROUP BY minute - minute % $4, account, region, kind, resource ORDER BY 1`,
    [fromMs, toMs, account ?? "", stepMs],
  );
}

export const rollUpServiceUse = proc("metering.services.roll-up", (tx, args: RollUp) => rollUpSums(tx, TABLE, args));
