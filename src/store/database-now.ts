// The database's clock in milliseconds, as an expression: what ends by time, for all nodes alike, ends by it.

import type { Tx } from "./database.ts";

export function databaseNow(tx: Tx): string {
  return tx.dialect === "postgres"
    ? "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    : "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
}

/** Nobody's lease lasts so long: one that ends later was written before the database's clock was set back, and would outlive its holder by that. */
const LEASE_MS_MAX = 60_000;

/** Whether a lease whose end stands in that column holds now. */
export function isInForce(tx: Tx, column: string): string {
  const now = databaseNow(tx);
  return `(${column} > ${now} AND ${column} <= ${now} + ${LEASE_MS_MAX})`;
}
