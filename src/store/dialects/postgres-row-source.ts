// The rows of a PostgreSQL database for a backup: one read-only transaction whose snapshot is the moment. Nodes go on meanwhile, and vacuum
// keeps what the snapshot sees until we are done.

import { unusable } from "../backup/manifest.ts";
import { isPortable, type PortableRow, type PortableTable, type RowSource } from "../backup/row-source.ts";
import type { Value } from "../database.ts";
import { type Connection, connect } from "./postgres-connection.ts";
import { startRefused } from "./postgres-errors.ts";

const ROWS_AT_ONCE = 200;

/** Throws PlatformError as a start on it would. `where` names it without a password. */
export async function openPostgresRows(url: string, where: string): Promise<RowSource> {
  const connection = await connect(url).catch((error) => {
    throw startRefused(error, where);
  });
  try {
    await begin(connection);
    return await sourceOf(connection, where);
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** Without the limits of a proc: a large table takes its time, and so does whoever takes the rows. */
async function begin(connection: Connection): Promise<void> {
  await connection.query("SET statement_timeout = 0");
  await connection.query("SET idle_in_transaction_session_timeout = 0");
  await connection.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
}

async function sourceOf(connection: Connection, where: string): Promise<RowSource> {
  const migrations = await migrationsIn(connection, where);
  const tables = await tablesIn(connection);
  return {
    dialect: "postgres",
    migrations,
    tables,
    rows: (table) => rowsOf(connection, table),
    async distinct(table, column) {
      const sql = `SELECT DISTINCT ${column} AS value FROM ${table} WHERE ${column} IS NOT NULL`;
      return (await connection.query<{ value: string }>(sql)).map(({ value }) => value);
    },
    close: () => connection.close(),
  };
}

async function migrationsIn(connection: Connection, where: string): Promise<readonly number[]> {
  const [table] = await connection.query<{ there: number }>("SELECT to_regclass('schema_migration') IS NOT NULL AS there");
  if (table?.there !== 1) throw unusable(`${where} has no rows of lambent.`);
  const rows = await connection.query<{ id: number; applied_at: number | null }>("SELECT id, applied_at FROM schema_migration ORDER BY id");
  if (rows.some(({ applied_at }) => applied_at === null))
    throw unusable(`The schema of ${where} is being changed by a newer lambent. Try again when that has started.`);
  return rows.map(({ id }) => id);
}

async function tablesIn(connection: Connection): Promise<readonly PortableTable[]> {
  const rows = await connection.query<{ name: string; column: string; identity: string }>(
    `SELECT c.relname AS name, a.attname AS column, a.attidentity AS identity FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
     ORDER BY c.relname, a.attnum`,
  );
  const tables: PortableTable[] = [];
  for (const name of new Set(rows.map((row) => row.name).filter(isPortable))) {
    const own = rows.filter((row) => row.name === name);
    const numbered = own.find(({ identity }) => identity !== "");
    const lastId = numbered && (await lastIdOf(connection, name, numbered.column));
    tables.push({ name, columns: own.map(({ column }) => column), ...(lastId !== undefined && { lastId }) });
  }
  return tables;
}

/** What a sequence has given out is outside of transactions: never less than the snapshot has. */
async function lastIdOf(connection: Connection, table: string, column: string): Promise<number | undefined> {
  const [named] = await connection.query<{ sequence: string }>("SELECT pg_get_serial_sequence($1, $2) AS sequence", [table, column]);
  const [row] = await connection.query<{ last_value: number; is_called: number }>(`SELECT last_value, is_called FROM ${named?.sequence}`);
  return row?.is_called === 1 ? row.last_value : undefined;
}

async function* rowsOf(connection: Connection, { name, columns }: PortableTable): AsyncGenerator<readonly PortableRow[]> {
  await connection.query(`DECLARE backup NO SCROLL CURSOR FOR SELECT ${columns.join(", ")} FROM ${name}`);
  for (;;) {
    const rows = await connection.query<Record<string, Value>>(`FETCH ${ROWS_AT_ONCE} FROM backup`);
    if (rows.length > 0) yield rows.map((row) => columns.map((column) => row[column] ?? null));
    if (rows.length < ROWS_AT_ONCE) break;
  }
  await connection.query("CLOSE backup");
}
