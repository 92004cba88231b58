// Tables of sums: a row for each minute and key, to which every flush adds. Minutes that are old become hours.

import type { Tx, Value } from "../store/database.ts";

const HOUR_MS = 3_600_000;

type Column = readonly [name: string, pgType: string];

export interface SumTable {
  readonly name: string;
  /** After the minute, which comes first. */
  readonly key: readonly Column[];
  readonly sums: readonly string[];
}

/** `rows`: minute, key and sums, in the order of the columns. */
export async function addSums(tx: Tx, table: SumTable, rows: readonly (readonly Value[])[]): Promise<void> {
  if (rows.length === 0) return;
  const columns: readonly Column[] = [["minute", "bigint"], ...table.key, ...table.sums.map((name) => [name, "bigint"] as const)];
  const keyOf = (row: readonly Value[]) => JSON.stringify(row.slice(0, table.key.length + 1));
  const byKey = rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)); // nodes lock in one order
  await tx.insertMany(table.name, columns, byKey, addingTo(table));
}

export interface RollUp {
  readonly hoursBeforeMs: number;
  readonly goneBeforeMs: number;
}

/** Minutes before `hoursBeforeMs` become hours; what is older than `goneBeforeMs` goes. */
export async function rollUpSums(tx: Tx, table: SumTable, { hoursBeforeMs, goneBeforeMs }: RollUp): Promise<void> {
  const old = [hoursBeforeMs - (hoursBeforeMs % HOUR_MS)];
  const isOld = `minute < $1 AND minute % ${HOUR_MS} <> 0`;
  const hour = `minute - minute % ${HOUR_MS}`;
  const key = table.key.map(([name]) => name).join(", ");
  const sums = table.sums.map((name) => `sum(${name})`).join(", ");
  await tx.query(
    `INSERT INTO ${table.name} (minute, ${key}, ${table.sums.join(", ")})
     SELECT ${hour}, ${key}, ${sums} FROM ${table.name} WHERE ${isOld} GROUP BY ${hour}, ${key} ${addingTo(table)}`,
    old,
  );
  await tx.query(`DELETE FROM ${table.name} WHERE ${isOld}`, old);
  await tx.query(`DELETE FROM ${table.name} WHERE minute < $1`, [goneBeforeMs]);
}

function addingTo({ name: table, key, sums }: SumTable): string {
  const added = sums.map((name) => `${name} = ${table}.${name} + excluded.${name}`).join(", ");
  return `ON CONFLICT (minute, ${key.map(([name]) => name).join(", ")}) DO UPDATE SET ${added}`;
}
