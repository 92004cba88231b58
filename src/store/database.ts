// What a unit of work may do. A proc is a named function that awaits nothing but its `tx`: it runs inside the SQLite thread, or on a
// PostgreSQL connection, and may run again after a serialization failure. docs/decisions/0002 says why there are no interactive transactions.
// Procs that are under way at once may run in any order. On SQLite they run one after the other; on PostgreSQL side by side, each statement
// seeing what is committed by then: lock first (a conditional UPDATE does), then read in the next statement.

/** Integers below 2^53. Text without U+0000, which PostgreSQL cannot keep. */
export type Value = null | number | string | Uint8Array;
export type Row = Record<string, Value>;

export interface Tx {
  readonly dialect: "sqlite" | "postgres";
  /** One statement; placeholders are $1 … $n in both dialects. One that fails fails the proc, also when the proc catches the error. */
  query<R = Row>(sql: string, params?: readonly Value[]): Promise<R[]>;
  /** One statement for many rows; `columns` are [name, PostgreSQL type]; `suffix` may hold ON CONFLICT and RETURNING. */
  insertMany<R = Row>(
    table: string,
    columns: readonly (readonly [name: string, pgType: string])[],
    rows: readonly (readonly Value[])[],
    suffix?: string,
  ): Promise<R[]>;
  /** Publishes `topic` on the bus after the commit; dropped on rollback. */
  wake(topic: string): void;
}

/** `fn` is pure in (tx, args): no I/O, clock or randomness of its own (pass them in args). args and result must be structured-cloneable. */
export interface Proc<A, R> {
  readonly name: string;
  /** Must be in time, such as a heartbeat: see urgentProc. SQLite's thread knows no such thing. */
  readonly isUrgent?: true;
  /** Answered before it is on the disk: see relaxedProc. */
  readonly isRelaxed?: true;
  readonly fn: (tx: Tx, args: A) => Promise<R>;
}

export function proc<A, R>(name: string, fn: (tx: Tx, args: A) => Promise<R>): Proc<A, R> {
  return { name, fn };
}

/**
 * Waits for nothing that is not urgent too. It must be quick, and may be repeated: an answer that does not come within a second is asked for again
 * on another connection, although the first attempt may have been committed.
 */
export function urgentProc<A, R>(name: string, fn: (tx: Tx, args: A) => Promise<R>): Proc<A, R> {
  return { name, fn, isUrgent: true };
}

/**
 * For what may be undone: a power cut takes back the last tenth of a second of it, the death of the process nothing. Whoever is answered must not
 * rely on more. On SQLite it does not wait for the disk then; PostgreSQL makes no difference. docs/decisions/0033.
 */
export function relaxedProc<A, R>(name: string, fn: (tx: Tx, args: A) => Promise<R>): Proc<A, R> {
  return { name, fn, isRelaxed: true };
}

/** In place of a topic: wake-ups of any topic may have been missed. */
export const EVERY_TOPIC = "*";

export interface Database {
  readonly dialect: "sqlite" | "postgres";
  /** The transaction. Resolves after the commit is on disk, but for a relaxed proc; one that throws leaves nothing behind. Throws StoreError. */
  run<A, R>(proc: Proc<A, R>, args: A, options?: { readonly transfer?: readonly ArrayBuffer[] }): Promise<R>;
  /** A snapshot, read-only, beside the writer. */
  read<A, R>(proc: Proc<A, R>, args: A): Promise<R>;
  /** Topics of this process's commits and of other nodes', or EVERY_TOPIC. */
  onWake(listener: (topic: string) => void): () => void;
  /** The process is about to end: an answer that does not come is waited for no longer than a few seconds. Absent: answers always come. */
  hurry?(): void;
  /** Milliseconds since 1970; in a cluster corrected to the database's clock. */
  nowMs(): number;
  close(): Promise<void>;
}

/** Why the store could not do it. `unknown-outcome`: the commit may or may not have happened. */
export type StoreErrorCode = "busy" | "unavailable" | "unknown-outcome" | "constraint" | "bug";

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, details: { readonly cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.name = "StoreError";
    this.code = code;
  }
}
