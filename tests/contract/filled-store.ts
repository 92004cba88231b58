// Stores with rows in every table there is, made without knowing any of them, and read again past everything of ours but the connection.

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Value } from "../../src/store/database.ts";
import { connect } from "../../src/store/dialects/postgres-connection.ts";

export type PlainRow = Readonly<Record<string, Value>>;

/** One database as its engine shows it. */
export interface Engine {
  query(sql: string, values?: readonly Value[]): Promise<readonly PlainRow[]>;
  close(): Promise<void>;
}

export function sqliteEngine(file: string): Engine {
  const db = new DatabaseSync(file);
  return {
    query: async (sql, values = []) => db.prepare(sql).all(...values) as PlainRow[],
    close: async () => db.close(),
  };
}

export async function postgresEngine(url: string): Promise<Engine> {
  const connection = await connect(url);
  return {
    query: (sql, values = []) => connection.query<PlainRow>(sql.replace(/\?(\d)/g, "$$$1"), values),
    close: () => connection.close(),
  };
}

interface Column {
  readonly name: string;
  readonly type: "integer" | "double" | "text" | "bytes";
  readonly mayBeNull: boolean;
}

const TABLES = {
  sqlite: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
  postgres: "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()",
} as const;

const COLUMNS = {
  sqlite: `SELECT name, type, CASE WHEN "notnull" = 1 OR pk > 0 THEN 0 ELSE 1 END AS nullable FROM pragma_table_info(?1)`,
  postgres: `SELECT column_name AS name, data_type AS type, CASE is_nullable WHEN 'YES' THEN 1 ELSE 0 END AS nullable
    FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = ?1`,
} as const;

export type Dialect = keyof typeof TABLES;

const TYPES: Readonly<Record<string, Column["type"]>> = {
  INTEGER: "integer",
  bigint: "integer",
  REAL: "double",
  "double precision": "double",
  BLOB: "bytes",
  bytea: "bytes",
};

export async function tablesOf(engine: Engine, dialect: Dialect): Promise<readonly string[]> {
  const names = (await engine.query(TABLES[dialect])).map(({ name }) => String(name));
  return names.filter((name) => name !== "schema_migration");
}

/** `blobs` are keys that columns which name blobs get. Returns what each table holds now. */
export async function fill(engine: Engine, dialect: Dialect, blobs: readonly string[]): Promise<Map<string, readonly PlainRow[]>> {
  const filled = new Map<string, readonly PlainRow[]>();
  for (const table of await tablesOf(engine, dialect)) {
    const columns = (await engine.query(COLUMNS[dialect], [table])).map(columnOf);
    await engine.query(`DELETE FROM ${table}`);
    const rows = [0, 1, 2].map((index) => rowOf(columns, index, blobs));
    for (const row of rows) {
      const places = columns.map((_, index) => `?${index + 1}`);
      const names = columns.map(({ name }) => name);
      await engine.query(`INSERT INTO ${table} (${names}) VALUES (${places})`, Object.values(row));
    }
    filled.set(table, rows);
  }
  return filled;
}

function columnOf({ name, type, nullable }: PlainRow): Column {
  return { name: String(name), type: TYPES[String(type)] ?? "text", mayBeNull: nullable === 1 };
}

function rowOf(columns: readonly Column[], index: number, blobs: readonly string[]): PlainRow {
  return Object.fromEntries(columns.map((column) => [column.name, sampleOf(column, index, blobs)]));
}

function sampleOf({ name, type, mayBeNull }: Column, index: number, blobs: readonly string[]): Value {
  if (mayBeNull && index === 2) return null;
  if (name === "code_key" || name === "blob_key") return blobs[index % blobs.length]!;
  if (type === "integer") return name.endsWith("_ms") ? Number.MAX_SAFE_INTEGER - index : index + 1;
  if (type === "double") return 0.1 + 1e-9 * index;
  if (type === "bytes") return new Uint8Array([0, 255, index, 10, 13, 34]);
  return `${index} "quoted" \\ line\nreturn\r\u2028 ä 𝄞 '`;
}

/** As plain texts, in an order that does not depend on the engine. */
export function comparable(rows: readonly PlainRow[]): readonly string[] {
  return rows
    .map((row) =>
      JSON.stringify(
        Object.entries(row)
          .map(([name, value]) => [name, value instanceof Uint8Array ? `bytes ${Buffer.from(value).toString("hex")}` : value])
          .toSorted(),
      ),
    )
    .toSorted();
}

export function filesOf(dataDirectory: string): readonly string[] {
  return ["main.db", "logs.db"].map((name) => join(dataDirectory, name));
}
