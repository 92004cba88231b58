// PostgreSQL behind `Database`: every proc is a transaction on a connection of its own, tried again when another one was in its way.
//
//   acquire ─▶ BEGIN + first statement (one round trip) ─▶ … ─▶ COMMIT ─▶ wakes, then the caller
//                 │ error                                        │ error
//                 ▼                                              ▼
//              ROLLBACK ─▶ 40001, 40P01: again, up to 8 times   answered by the server: rolled back; not answered: "unknown-outcome"
//
// What is urgent has connections of its own: all others may be held up by statements that take long, or by answers that never come. Where its
// own answer does not come it asks again on a new connection. A former attempt cannot come in between: either its COMMIT was never sent, or it
// holds its locks until it has ended, and the new one waits for them.

import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../lib/clock.ts";
import type { Random } from "../../lib/random.ts";
import { type Database, type Proc, StoreError } from "../database.ts";
import type { Migration } from "../migration.ts";
import type { RetryReason } from "../store-totals.ts";
import {
  type Connection,
  type ConnectionEvents,
  connect,
  ending,
  hurried,
  type Patience,
  patient,
  StatementNames,
} from "./postgres-connection.ts";
import { connectionFailed, failureOf, isRolledBack, mayRetry, startRefused } from "./postgres-errors.ts";
import { PostgresLink } from "./postgres-link.ts";
import { migratePostgres } from "./postgres-migrate.ts";
import { PostgresPool } from "./postgres-pool.ts";
import { placeOf, refuseUnusable } from "./postgres-server-facts.ts";
import { endWhenSilent } from "./postgres-silence.ts";
import { PostgresTx } from "./postgres-tx.ts";

const CONNECTIONS_MAX = 8;
const URGENT_CONNECTIONS_MAX = 3;
const TRIES_MAX = 8;
const RETRY_MS = 5;
/** Of what is urgent, when connections are lost under it: within the time to live of a lease. */
const URGENT_TRIES_MAX = 3;

const BEGIN = { run: "BEGIN", read: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" } as const;

type Kind = keyof typeof BEGIN;

export interface PostgresOptions {
  /** postgres://USER:PASSWORD@HOST:PORT/DATABASE */
  readonly url: string;
  readonly migrations: readonly Migration[];
  readonly program: string;
  readonly clock: Clock;
  readonly random: Random;
  /** A unit of work is begun again. */
  readonly onRetry?: (reason: RetryReason) => void;
  /** Connections for procs, beside the one for wake-ups. */
  readonly connectionsMax?: number;
}

/** Connects, checks and migrates. Throws PlatformError "store-unreachable", "store-login-refused", "store-unusable" or "data-schema-newer". */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const where = placeOf(options.url);
  const database = new Postgres(options, where);
  try {
    await database.start();
    return database;
  } catch (error) {
    await database.close();
    throw startRefused(error instanceof StoreError ? error.cause : error, where);
  }
}

class Postgres implements Database {
  readonly dialect = "postgres";
  readonly #options: PostgresOptions;
  readonly #where: string;
  readonly #pool: PostgresPool;
  readonly #urgentPool: PostgresPool;
  readonly #link: PostgresLink;
  readonly #names = new StatementNames();
  readonly #listeners = new Set<(topic: string) => void>();
  readonly #underWay = new Set<Promise<unknown>>();
  /** What is urgent has lost a connection, and had no answer since. */
  #hasDoubts = false;
  /** With what is not urgent. */
  #ordinary = patient;
  #closing: Promise<void> | undefined;

  constructor(options: PostgresOptions, where: string) {
    this.#options = options;
    this.#where = where;
    const { url, clock, random, connectionsMax = CONNECTIONS_MAX } = options;
    const open = (events: ConnectionEvents, patience: Patience) =>
      connect(url, events, patience).catch((error: unknown) => {
        throw connectionFailed(error, where);
      });
    this.#pool = new PostgresPool({ connectionsMax, open: (onLost) => open({ onLost }, patient) });
    this.#urgentPool = new PostgresPool({
      connectionsMax: URGENT_CONNECTIONS_MAX,
      open: (onLost) => open({ onLost }, hurried),
      isUrgent: true,
    });
    this.#link = new PostgresLink({ open: (events) => open(events, patient), clock, random, onWake: (topic) => this.#wake(topic) });
  }

  async start(): Promise<void> {
    const connection = await this.#pool.acquire();
    try {
      await refuseUnusable(connection, this.#where);
      const { migrations, program, clock } = this.#options;
      await migratePostgres(connection, migrations, { program, nowMs: clock.nowMs(), where: this.#where });
    } finally {
      this.#pool.release(connection);
    }
    await this.#link.start();
  }

  run<A, R>(proc: Proc<A, R>, args: A, { transfer }: { readonly transfer?: readonly ArrayBuffer[] } = {}): Promise<R> {
    // What is transferred leaves the caller here too, so that nobody relies on the contrary.
    return this.#track("run", proc, () => (transfer === undefined ? args : structuredClone(args, { transfer: [...transfer] })));
  }

  read<A, R>(proc: Proc<A, R>, args: A): Promise<R> {
    return this.#track("read", proc, () => args);
  }

  onWake(listener: (topic: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  hurry(): void {
    this.#ordinary = ending;
    this.#pool.distrust();
  }

  nowMs(): number {
    return this.#options.clock.nowMs() + this.#link.offsetMs;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#link.close();
    await Promise.all([this.#pool.close(), this.#urgentPool.close()]);
  }

  async #track<A, R>(kind: Kind, proc: Proc<A, R>, argsOf: () => A): Promise<R> {
    if (this.#closing !== undefined) throw new StoreError("unavailable", "the store is closed");
    const work = this.#perform(kind, proc, argsOf());
    this.#underWay.add(work);
    try {
      return await work;
    } finally {
      this.#underWay.delete(work);
    }
  }

  async #perform<A, R>(kind: Kind, proc: Proc<A, R>, args: A): Promise<R> {
    for (let tries = 1, losses = 0; ; tries++) {
      try {
        const value = await this.#attempt(kind, proc, args);
        if (proc.isUrgent) this.#trustAgain();
        return value;
      } catch (error) {
        const isLost = error instanceof LostUnderWay;
        this.#hasDoubts ||= isLost && proc.isUrgent === true;
        const isLast = isLost ? !proc.isUrgent || ++losses >= URGENT_TRIES_MAX : !mayRetry(error) || tries >= TRIES_MAX;
        if (isLast) throw failureOf(isLost ? error.cause : error, proc.name, kind);
        this.#options.onRetry?.(isLost ? "connection-lost" : "conflict");
        if (isLost) this.#urgentPool.dropIdle();
        else await delay(this.#options.random.unit() * RETRY_MS * 2 ** tries);
      }
    }
  }

  /** The server answers: connections that are silent even so are broken. */
  #trustAgain(): void {
    if (this.#hasDoubts) this.#pool.distrust();
    this.#hasDoubts = false;
  }

  async #attempt<A, R>(kind: Kind, proc: Proc<A, R>, args: A): Promise<R> {
    const pool = proc.isUrgent ? this.#urgentPool : this.#pool;
    const connection = await pool.acquire();
    const { silenceMs } = proc.isUrgent ? hurried : this.#ordinary;
    const endWatch = endWhenSilent(connection, silenceMs);
    try {
      const tx = new PostgresTx(connection, this.#names);
      const begun = connection.query(BEGIN[kind]);
      begun.catch(() => {}); // awaited before the commit
      const value = await this.#inTransaction(connection, begun, () => proc.fn(tx, args), tx);
      await commit(connection, kind);
      this.#publish(tx.end());
      return value;
    } catch (error) {
      throw connection.isLost ? new LostUnderWay(error) : error;
    } finally {
      endWatch();
      pool.release(connection);
    }
  }

  /** Rolls back when the proc or one of its statements fails. */
  async #inTransaction<R>(connection: Connection, begun: Promise<unknown>, act: () => Promise<R>, tx: PostgresTx): Promise<R> {
    try {
      const value = await act();
      tx.end();
      await begun;
      return value;
    } catch (error) {
      await connection.query("ROLLBACK").catch(() => connection.destroy());
      throw tx.causeOf(error);
    }
  }

  #publish(topics: ReadonlySet<string>): void {
    if (topics.size === 0) return;
    for (const topic of topics) this.#wake(topic);
    this.#link.publish(topics);
  }

  #wake(topic: string): void {
    for (const listener of this.#listeners) listener(topic);
  }
}

/** The connection broke under an attempt, or was given up. */
class LostUnderWay extends Error {
  constructor(cause: unknown) {
    super("the connection was lost", { cause });
  }
}

async function commit(connection: Connection, kind: Kind): Promise<void> {
  try {
    await connection.query("COMMIT");
  } catch (error) {
    if (kind === "read" || isRolledBack(error)) throw error;
    connection.destroy();
    throw new StoreError("unknown-outcome", `the commit was not answered: ${(error as Error).message}`, { cause: error });
  }
}
