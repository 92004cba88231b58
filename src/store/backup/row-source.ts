// Where rows are read from for a backup, and where they go at a restore: one dialect each, the same rows.

import type { Value } from "../database.ts";

export interface PortableTable {
  readonly name: string;
  /** In the order in which a row has its values. */
  readonly columns: readonly string[];
  /** The highest number that a table which numbers its rows for ever has given out; no row needs to have it any more. */
  readonly lastId?: number;
}

export type PortableRow = readonly Value[];

/** Everything in it is of one moment. */
export interface RowSource {
  readonly dialect: "sqlite" | "postgres";
  /** Ids of the migrations that its schema has. */
  readonly migrations: readonly number[];
  readonly tables: readonly PortableTable[];
  /** In portions. */
  rows(table: PortableTable): AsyncIterable<readonly PortableRow[]>;
  /** Every value of a column but NULL, once. */
  distinct(table: string, column: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A database with the backup's schema and no rows; nobody sees any of it before `commit`. */
export interface RowSink {
  /** Throws PlatformError "backup-unusable" when the schema has no such table. */
  insert(table: PortableTable, portions: AsyncIterable<readonly PortableRow[]>): Promise<void>;
  /** To which blobs belong, as the rows say that are in by now. */
  blobsOwner(): Promise<string | undefined>;
  /** Durable when it resolves. */
  commit(): Promise<void>;
  /** Leaves nothing behind. */
  abandon(): Promise<void>;
}

/** What nodes say of themselves for seconds at a time: it would be wrong wherever it is restored. And the schema's own account, which each dialect keeps in its way. */
const NOT_PORTABLE: ReadonlySet<string> = new Set(["node", "permit", "schema_migration"]);

export function isPortable(table: string): boolean {
  return !NOT_PORTABLE.has(table);
}
