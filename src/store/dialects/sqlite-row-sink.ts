// Fills new SQLite files at a restore. They lie where nobody looks yet, so no journal is kept: what fails half-way is thrown away.

import { open } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { unusable } from "../backup/manifest.ts";
import type { PortableRow, PortableTable, RowSink } from "../backup/row-source.ts";
import { BLOBS_OWNER } from "../blobs-owner.ts";
import type { Migration } from "../migration.ts";
import type { ThreadOptions } from "./sqlite-messages.ts";
import { migrate } from "./sqlite-migrate.ts";

export interface SqliteSinkOptions {
  readonly directory: string;
  /** Those that the backup's schema has. */
  readonly migrations: readonly Migration[];
  readonly program: string;
}

interface File {
  readonly path: string;
  readonly db: DatabaseSync;
}

/** Makes main.db and logs.db in an empty directory. */
export async function createSqliteSink(options: SqliteSinkOptions): Promise<RowSink> {
  const files: File[] = [];
  for (const schema of ["main", "logs"] as const) files.push(await create(schema, options));
  const homes = new Map(files.flatMap(({ db }) => tablesIn(db).map((name) => [name, db] as const)));
  return {
    async insert(table, portions) {
      const db = homes.get(table.name);
      if (db === undefined) throw unusable(`The backup has a table ${table.name}, which its schema does not have.`);
      db.exec("BEGIN");
      db.exec(`DELETE FROM ${table.name}`); // what the migrations have put there
      await insertAll(db, table, portions);
      if (table.lastId !== undefined) keepLastId(db, table.name, table.lastId);
      db.exec("COMMIT");
    },
    async blobsOwner() {
      const row = homes.get("access_secret")?.prepare("SELECT secret FROM access_secret WHERE name = ?").get(BLOBS_OWNER);
      return row && Buffer.from(row["secret"] as Uint8Array).toString();
    },
    async commit() {
      for (const { path, db } of files) {
        db.close();
        await flush(path);
      }
    },
    async abandon() {
      for (const { db } of files) if (db.isOpen) db.close();
    },
  };
}

async function create(schema: ThreadOptions["schema"], { directory, migrations, program }: SqliteSinkOptions): Promise<File> {
  const path = join(directory, `${schema}.db`);
  const db = new DatabaseSync(path);
  db.exec("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
  await migrate(db, migrations, { role: "writer", path, schema, synchronous: "FULL", program });
  return { path, db };
}

function tablesIn(db: DatabaseSync): readonly string[] {
  return db
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => name as string);
}

async function insertAll(
  db: DatabaseSync,
  { name, columns }: PortableTable,
  portions: AsyncIterable<readonly PortableRow[]>,
): Promise<void> {
  const statement = db.prepare(`INSERT INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`);
  for await (const portion of portions) for (const row of portion) statement.run(...row);
}

/** SQLite keeps such a number for tables with AUTOINCREMENT; the others go on behind their highest row. */
function keepLastId(db: DatabaseSync, table: string, lastId: number): void {
  const { sql } = db.prepare("SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) as { sql: string };
  if (!sql.includes("AUTOINCREMENT")) return;
  db.prepare("DELETE FROM sqlite_sequence WHERE name = ?").run(table);
  db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)").run(table, lastId);
}

async function flush(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
