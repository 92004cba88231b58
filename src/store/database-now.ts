// The database's clock in milliseconds, as an expression: what ends by time, for all nodes alike, ends by it.

import type { Tx } from "./database.ts";

export function databaseNow(tx: Tx): string {
  return tx.dialect === "postgres"
    ? "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    : "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
}
