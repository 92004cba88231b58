// How a schema change is written once for both dialects. migrations.ts is the table; a released migration is never edited.

/** Words that differ between the dialects. SQLite tables are STRICT. */
export interface Dialect {
  readonly name: "sqlite" | "postgres";
  readonly bigint: string; // INTEGER | bigint
  readonly double: string; // REAL | double precision
  readonly bytes: string; // BLOB | bytea
  readonly identity: string; // a column's type that numbers itself and is the primary key
  readonly strict: string; // ends CREATE TABLE: " STRICT" | ""
}

export interface Migration {
  /** Ascending, never reused. */
  readonly id: number;
  readonly name: string;
  /** Logs live in a file of their own in SQLite (own write lock); in PostgreSQL both are one database. */
  readonly in: "main" | "logs";
  /** Statements, run one by one. */
  up(d: Dialect): readonly string[];
}
