// `Tx` over one PostgreSQL connection, inside a transaction that somebody else begins and ends.

import { strict as assert } from "node:assert";
import type { Row, Tx, Value } from "../database.ts";
import type { Connection, StatementNames } from "./postgres-connection.ts";

export class PostgresTx implements Tx {
  readonly dialect = "postgres";
  readonly #connection: Connection;
  readonly #names: StatementNames;
  readonly #wakes = new Set<string>();
  #failure: { readonly error: unknown } | undefined;
  #hasEnded = false;

  constructor(connection: Connection, names: StatementNames) {
    this.#connection = connection;
    this.#names = names;
  }

  query<R = Row>(sql: string, params: readonly Value[] = []): Promise<R[]> {
    return this.#send<R>(sql, params);
  }

  async insertMany<R = Row>(
    table: string,
    columns: readonly (readonly [name: string, pgType: string])[],
    rows: readonly (readonly Value[])[],
    suffix = "",
  ): Promise<R[]> {
    if (rows.length === 0) return [];
    const names = columns.map(([name]) => name).join(", ");
    const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(", ");
    const sql = `INSERT INTO ${table} (${names}) SELECT * FROM unnest(${arrays}) ${suffix}`;
    return this.#send<R>(
      sql,
      columns.map((_, index) => rows.map((row) => row[index] ?? null)),
    );
  }

  wake(topic: string): void {
    this.#wakes.add(topic);
  }

  /** The proc is done. Throws the first failure of a statement, also one that the proc has caught: it has ended the transaction. */
  end(): ReadonlySet<string> {
    this.#hasEnded = true;
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#wakes;
  }

  /** What has ended the transaction first, when it was a statement; else `error`. */
  causeOf(error: unknown): unknown {
    this.#hasEnded = true;
    return this.#failure === undefined ? error : this.#failure.error;
  }

  async #send<R>(sql: string, values: readonly unknown[]): Promise<R[]> {
    assert(!this.#hasEnded, "the transaction has ended");
    for (const value of values) assertBindable(value);
    try {
      return await this.#connection.query<R>(sql, values, this.#names.of(sql));
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}

/** `pg` would make text of anything. */
function assertBindable(value: unknown): void {
  if (value === null || typeof value === "string" || typeof value === "number" || value instanceof Uint8Array) return;
  assert(Array.isArray(value), `a ${typeof value} cannot be bound to a statement`);
  value.forEach(assertBindable);
}
