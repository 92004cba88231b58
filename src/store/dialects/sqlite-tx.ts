// `Tx` over one node:sqlite connection. Every promise it hands out is already settled, so a batch of procs runs through in microtasks.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Row, Tx, Value } from "../database.ts";

/** Statements kept prepared; the least recently used go first. Generated texts (IN lists) must not fill memory. */
const STATEMENTS_MAX = 512;

export class SqliteTx implements Tx {
  readonly dialect = "sqlite";
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #wakes = new Set<string>();
  readonly #wakesOfProc: string[] = [];
  #endedBySqlite = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  async query<R = Row>(sql: string, params: readonly Value[] = []): Promise<R[]> {
    return this.#attempt(() => this.#prepared(sql).all(...params) as R[]);
  }

  async insertMany<R = Row>(
    table: string,
    columns: readonly (readonly [name: string, pgType: string])[],
    rows: readonly (readonly Value[])[],
    suffix = "",
  ): Promise<R[]> {
    const names = columns.map(([name]) => name).join(", ");
    const places = columns.map((_, index) => `?${index + 1}`).join(", ");
    return this.#attempt(() => {
      const statement = this.#prepared(`INSERT INTO ${table} (${names}) VALUES (${places}) ${suffix}`);
      return rows.flatMap((row) => statement.all(...row) as R[]);
    });
  }

  wake(topic: string): void {
    this.#wakesOfProc.push(topic);
  }

  /** SQLite itself has rolled the transaction back (full disk, I/O error): nothing more may run in it. */
  get endedBySqlite(): boolean {
    return this.#endedBySqlite;
  }

  /** What the proc's first failed statement threw, also when the proc has caught it: PostgreSQL would have ended its transaction. */
  takeFailure(): { readonly error: unknown } | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** A proc is done: its topics count, or are dropped with what it wrote. */
  settleWakes(kept: boolean): void {
    if (kept) for (const topic of this.#wakesOfProc) this.#wakes.add(topic);
    this.#wakesOfProc.length = 0;
  }

  /** Ends a batch: hands over its topics and is ready for the next one. */
  takeWakes(): string[] {
    const wakes = [...this.#wakes];
    this.#wakes.clear();
    this.#wakesOfProc.length = 0;
    this.#endedBySqlite = false;
    return wakes;
  }

  #attempt<R>(act: () => R[]): R[] {
    if (this.#endedBySqlite) throw new Error("the transaction has ended");
    try {
      return act();
    } catch (error) {
      // Without this a proc that catches the error would go on in autocommit mode.
      this.#endedBySqlite = !this.#db.isTransaction;
      this.#failure ??= { error };
      throw error;
    }
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.#db.prepare(sql.replace(/\$(\d+)/g, "?$1"));
    this.#statements.set(sql, statement);
    if (this.#statements.size > STATEMENTS_MAX) this.#statements.delete(this.#statements.keys().next().value as string);
    return statement;
  }
}
