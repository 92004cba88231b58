// Procs and a schema for tests of the store: a ledger of numbered entries, and procs that break the rules on purpose.

import { setTimeout as delay } from "node:timers/promises";
import { type Proc, proc, type Row, relaxedProc, type Value } from "../../src/store/database.ts";
import type { Migration } from "../../src/store/migration.ts";

export const ledger: Migration = {
  id: 1,
  name: "ledger",
  in: "main",
  up: (d) => [
    `CREATE TABLE entry (n ${d.bigint} PRIMARY KEY, note text, data ${d.bytes}, weight ${d.double})${d.strict}`,
    `CREATE TABLE balance (name text PRIMARY KEY, value ${d.bigint} NOT NULL)${d.strict}`,
    "INSERT INTO balance (name, value) VALUES ('left', 0), ('right', 0)",
  ],
};

/** A later schema, for the change from the one above. */
export const ledgerColour: Migration = {
  id: 2,
  name: "ledger-colour",
  in: "main",
  up: () => ["ALTER TABLE entry ADD COLUMN colour text"],
};

export interface Entry {
  readonly n: number;
  readonly note?: string | null;
  readonly data?: Uint8Array | null;
  readonly weight?: number | null;
}

export const addEntry: Proc<Entry, number> = proc("ledger.add", async (tx, { n, note = null, data = null, weight = null }) => {
  const [row] = await tx.query<{ n: number }>("INSERT INTO entry (n, note, data, weight) VALUES ($1, $2, $3, $4) RETURNING n", [
    n,
    note,
    data,
    weight,
  ]);
  tx.wake(`added ${n}`);
  tx.wake("added");
  return row?.n ?? -1;
});

/** It need not be on the disk when it is answered. */
export const addRelaxed: Proc<number, void> = relaxedProc("ledger.add-relaxed", async (tx, n) => {
  await tx.query("INSERT INTO entry (n) VALUES ($1)", [n]);
});

export const addThenThrow: Proc<number, never> = proc("ledger.add-then-throw", async (tx, n) => {
  await tx.query("INSERT INTO entry (n) VALUES ($1)", [n]);
  tx.wake(`added ${n}`);
  throw new Error("the proc changed its mind");
});

export const addThenCatch: Proc<number, string> = proc("ledger.add-then-catch", async (tx, n) => {
  try {
    await tx.query("INSERT INTO entry (n) VALUES ($1)", [n]);
    return "added";
  } catch {
    await tx.query("UPDATE entry SET note = 'again' WHERE n = $1", [n]);
    return "noted";
  }
});

export const findEntry: Proc<number, Entry | undefined> = proc("ledger.find", async (tx, n) => {
  const [row] = await tx.query<{ n: number; note: string | null; data: Uint8Array | null; weight: number | null }>(
    "SELECT n, note, data, weight FROM entry WHERE n = $1",
    [n],
  );
  return row;
});

export const allNumbers: Proc<null, number[]> = proc("ledger.numbers", async (tx) => {
  const rows = await tx.query<{ n: number }>("SELECT n FROM entry ORDER BY n");
  return rows.map(({ n }) => n);
});

export const addMany: Proc<readonly (readonly Value[])[], number[]> = proc("ledger.add-many", async (tx, rows) => {
  const columns = [["n", "bigint"] as const, ["note", "text"] as const];
  const added = await tx.insertMany<{ n: number }>("entry", columns, rows, "ON CONFLICT (n) DO NOTHING RETURNING n");
  return added.map(({ n }) => n);
});

/** Both sides grow by one, in two statements: whoever sees them differ has seen half a transaction. */
export const growBoth: Proc<null, void> = proc("ledger.grow", async (tx) => {
  for (const name of ["left", "right"]) await tx.query("UPDATE balance SET value = value + 1 WHERE name = $1", [name]);
});

/** Any statement. */
export const ask: Proc<string, Row[]> = proc("ledger.ask", (tx, sql) => tx.query(sql));

export const bothSides: Proc<null, [number, number]> = proc("ledger.both", async (tx) => {
  const left = await tx.query<{ value: number }>("SELECT value FROM balance WHERE name = 'left'");
  const right = await tx.query<{ value: number }>("SELECT value FROM balance WHERE name = 'right'");
  return [left[0]?.value ?? -1, right[0]?.value ?? -1];
});

/** $1 stands twice, $10 is no $1 followed by a 0. */
export const placeholders: Proc<readonly string[], string> = proc("ledger.placeholders", async (tx, texts) => {
  const [row] = await tx.query<{ text: string }>(
    "SELECT CAST($1 AS text) || $2 || $3 || $4 || $5 || $6 || $7 || $8 || $9 || $10 || $1 AS text",
    texts,
  );
  return row?.text ?? "";
});

export const awaitSomethingForeign: Proc<number, void> = proc("ledger.foreign-await", async (tx, n) => {
  await tx.query("INSERT INTO entry (n) VALUES ($1)", [n]);
  await delay(1);
});

export const returnAFunction: Proc<null, unknown> = proc("ledger.return-a-function", async () => () => 1);
