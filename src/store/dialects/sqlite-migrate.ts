// Brings one SQLite file to the program's schema: refuses a newer one, copies an older one before changing it, does nothing when it fits.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { backup, type DatabaseSync } from "node:sqlite";
import { PlatformError } from "../../lib/errors.ts";
import type { Dialect, Migration } from "../migration.ts";
import type { ThreadOptions } from "./sqlite-messages.ts";

export const sqliteWords: Dialect = {
  name: "sqlite",
  bigint: "INTEGER",
  double: "REAL",
  bytes: "BLOB",
  identity: "INTEGER PRIMARY KEY",
  strict: " STRICT",
};

interface Applied {
  readonly id: number;
  readonly program: string;
}

/** Throws PlatformError "data-schema-newer" when a later lambent has written this file. */
export async function migrate(db: DatabaseSync, migrations: readonly Migration[], options: ThreadOptions): Promise<void> {
  const ours = migrations.filter((migration) => migration.in === options.schema);
  const applied = appliedIn(db);
  refuseNewer(applied, ours, options);
  const done = new Set(applied.map(({ id }) => id));
  const due = ours.filter(({ id }) => !done.has(id));
  if (due.length === 0) return;
  if (applied.length > 0) await copyFirst(db, applied, options);
  apply(db, due, options.program);
}

function appliedIn(db: DatabaseSync): Applied[] {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'").get();
  if (table === undefined) return [];
  return db.prepare("SELECT id, program FROM schema_migration ORDER BY id").all() as unknown as Applied[];
}

function refuseNewer(applied: readonly Applied[], ours: readonly Migration[], options: ThreadOptions): void {
  const newest = Math.max(0, ...ours.map(({ id }) => id));
  const unknown = applied.findLast(({ id }) => id > newest);
  if (unknown === undefined) return;
  throw new PlatformError(
    "data-schema-newer",
    `${options.path} has schema ${unknown.id}, written by lambent ${unknown.program}; this is lambent ${options.program}, which knows schemas up to ${newest}. ` +
      `Start lambent ${unknown.program} or newer, or choose another --data directory.`,
  );
}

async function copyFirst(db: DatabaseSync, applied: readonly Applied[], options: ThreadOptions): Promise<void> {
  if (options.backupDirectory === undefined) return;
  mkdirSync(options.backupDirectory, { recursive: true, mode: 0o700 });
  const schema = applied.at(-1)?.id ?? 0;
  const moment = new Date().toISOString().replaceAll(/[:.]/g, "-");
  await backup(db, join(options.backupDirectory, `${options.schema}-schema-${schema}-${moment}.db`));
}

/** All or nothing: a process killed half-way leaves the older schema. */
function apply(db: DatabaseSync, due: readonly Migration[], program: string): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(
      "CREATE TABLE IF NOT EXISTS schema_migration (id INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL, program TEXT NOT NULL) STRICT",
    );
    const note = db.prepare("INSERT INTO schema_migration (id, name, applied_at, program) VALUES (?, ?, ?, ?)");
    for (const migration of due) {
      for (const statement of migration.up(sqliteWords)) db.exec(statement);
      note.run(migration.id, migration.name, Date.now(), program);
    }
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}
