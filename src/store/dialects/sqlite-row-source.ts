// The rows of a data directory's SQLite files for a backup, read by connections of our own: whether a server runs on them is all the same.
// A read transaction per file, begun one after the other at once, is the moment. The writer goes on meanwhile, and its WAL grows until we are done.

import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { isPortable, type PortableRow, type PortableTable, type RowSource } from "../backup/row-source.ts";

const ROWS_AT_ONCE = 200;
/** A server that ends or recovers at this moment holds its file for longer than a read waits. */
const BUSY_TIMEOUT_MS = 10_000;

/** Those of `files` that are there. Throws what SQLite throws. */
export function openSqliteRows(files: readonly string[]): RowSource {
  const opened: DatabaseSync[] = [];
  try {
    for (const file of files.filter((path) => existsSync(path))) opened.push(open(file));
    return sourceOf(opened);
  } catch (error) {
    for (const db of opened) db.close();
    throw error;
  }
}

function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  db.exec("BEGIN; SELECT 1 FROM sqlite_schema"); // BEGIN alone fixes no moment
  return db;
}

function sourceOf(opened: readonly DatabaseSync[]): RowSource {
  const homes = new Map<string, DatabaseSync>();
  const tables: PortableTable[] = [];
  for (const db of opened) {
    for (const table of tablesIn(db)) {
      homes.set(table.name, db);
      tables.push(table);
    }
  }
  return {
    dialect: "sqlite",
    migrations: opened.flatMap(migrationsIn).toSorted((a, b) => a - b),
    tables,
    rows: (table) => rowsOf(homes.get(table.name)!, table),
    distinct: async (table, column) => distinctIn(homes.get(table)!, table, column),
    async close() {
      for (const db of opened) db.close();
    },
  };
}

function migrationsIn(db: DatabaseSync): readonly number[] {
  return db
    .prepare("SELECT id FROM schema_migration")
    .all()
    .map(({ id }) => id as number);
}

function tablesIn(db: DatabaseSync): readonly PortableTable[] {
  const lastIds = new Map<unknown, number>();
  if (db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get() !== undefined)
    for (const { name, seq } of db.prepare("SELECT name, seq FROM sqlite_sequence").all()) lastIds.set(name, seq as number);
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name");
  return names
    .all()
    .map(({ name }) => name as string)
    .filter(isPortable)
    .map((name) => {
      const columns = db.prepare("SELECT name FROM pragma_table_info(?) ORDER BY cid").all(name);
      const lastId = lastIds.get(name);
      return { name, columns: columns.map((column) => column.name as string), ...(lastId !== undefined && { lastId }) };
    });
}

async function* rowsOf(db: DatabaseSync, { name, columns }: PortableTable): AsyncGenerator<readonly PortableRow[]> {
  const statement = db.prepare(`SELECT ${columns.join(", ")} FROM ${name}`);
  statement.setReturnArrays(true);
  let portion: PortableRow[] = [];
  for (const row of statement.iterate() as Iterable<unknown>) {
    portion.push(row as PortableRow);
    if (portion.length < ROWS_AT_ONCE) continue;
    yield portion;
    portion = [];
  }
  if (portion.length > 0) yield portion;
}

function distinctIn(db: DatabaseSync, table: string, column: string): readonly string[] {
  const rows = db.prepare(`SELECT DISTINCT ${column} AS value FROM ${table} WHERE ${column} IS NOT NULL`).all();
  return rows.map(({ value }) => value as string);
}
