// Fills an empty PostgreSQL database at a restore: schema and rows in one transaction, so that a node which starts meanwhile waits for its end.

import { PlatformError } from "../../lib/errors.ts";
import { unusable } from "../backup/manifest.ts";
import type { PortableTable, RowSink } from "../backup/row-source.ts";
import { BLOBS_OWNER } from "../blobs-owner.ts";
import type { Migration } from "../migration.ts";
import { type Connection, connect, StatementNames } from "./postgres-connection.ts";
import { startRefused } from "./postgres-errors.ts";
import { createSchema } from "./postgres-migrate.ts";
import { refuseUnusable } from "./postgres-server-facts.ts";
import { PostgresTx } from "./postgres-tx.ts";

export interface PostgresSinkOptions {
  readonly url: string;
  /** Names it without a password. */
  readonly where: string;
  /** Those that the backup's schema has. */
  readonly migrations: readonly Migration[];
  readonly program: string;
  readonly nowMs: number;
}

/** Throws PlatformError "restore-target-not-empty" when any table is there, or as a start would. */
export async function createPostgresSink(options: PostgresSinkOptions): Promise<RowSink> {
  const connection = await connect(options.url).catch((error) => {
    throw startRefused(error, options.where);
  });
  try {
    await begin(connection, options);
    return sinkOf(connection, await columnTypes(connection));
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

async function begin(connection: Connection, options: PostgresSinkOptions): Promise<void> {
  await refuseUnusable(connection, options.where);
  await connection.query("SET statement_timeout = 0"); // as long as all rows and blobs take
  await connection.query("SET idle_in_transaction_session_timeout = 0");
  await connection.query("BEGIN");
  await createSchema(connection, options.migrations, { ...options, refuse: () => refuseFilled(connection, options.where) });
}

async function refuseFilled(connection: Connection, where: string): Promise<void> {
  const [table] = await connection.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') LIMIT 1",
  );
  if (table === undefined) return;
  throw new PlatformError(
    "restore-target-not-empty",
    `${where} is not empty: it has a table ${table.name}. Restore into a new database (createdb -E UTF8 -T template0 NAME).`,
  );
}

function sinkOf(connection: Connection, types: ReadonlyMap<string, ColumnType>): RowSink {
  const tx = new PostgresTx(connection, new StatementNames());
  return {
    async insert(table, portions) {
      const columns = table.columns.map((column) => [column, typeOf(types, table, column)] as const);
      await tx.query(`DELETE FROM ${table.name}`); // what the migrations have put there
      for await (const portion of portions) await tx.insertMany(table.name, columns, portion);
      await keepLastId(tx, types, table);
    },
    async blobsOwner() {
      const [row] = await tx.query<{ secret: Uint8Array }>("SELECT secret FROM access_secret WHERE name = $1", [BLOBS_OWNER]);
      return row && Buffer.from(row.secret).toString();
    },
    async commit() {
      tx.end();
      await connection.query("COMMIT");
      await connection.close();
    },
    async abandon() {
      connection.destroy(); // the server rolls back
    },
  };
}

interface ColumnType {
  readonly type: string;
  readonly isNumbered: boolean;
}

async function columnTypes(connection: Connection): Promise<ReadonlyMap<string, ColumnType>> {
  const rows = await connection.query<{ name: string; type: string; identity: string }>(
    `SELECT c.relname || '.' || a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attidentity AS identity
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0`,
  );
  return new Map(rows.map(({ name, type, identity }) => [name, { type, isNumbered: identity !== "" }]));
}

function typeOf(types: ReadonlyMap<string, ColumnType>, table: PortableTable, column: string): string {
  const found = types.get(`${table.name}.${column}`);
  if (found === undefined) throw unusable(`The backup has a column ${table.name}.${column}, which its schema does not have.`);
  return found.type;
}

/** A row that brings its number does not move the sequence. */
async function keepLastId(
  tx: PostgresTx,
  types: ReadonlyMap<string, ColumnType>,
  { name, columns, lastId = 0 }: PortableTable,
): Promise<void> {
  const column = columns.find((each) => types.get(`${name}.${each}`)?.isNumbered);
  if (column === undefined) return;
  await tx.query(
    `SELECT setval(pg_get_serial_sequence($1, $2), highest) FROM (SELECT greatest(max(${column}), $3::bigint) AS highest FROM ${name}) h
     WHERE highest > 0`,
    [name, column, lastId],
  );
}
