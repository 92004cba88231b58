// The store of a simulated cluster: the program's own procs on a real SQLite in memory, one after the other, by the time of the world; and each
// node's way to it, on which questions and answers are delayed, lost and held up.
//
// What PostgreSQL makes true is taken for true here: a transaction happens as a whole or not at all, and one whose caller has given up does not
// begin later (its COMMIT was sent, or its connection is closed). Wake-ups are published by whoever has committed, as in postgres.ts.

import { DatabaseSync } from "node:sqlite";
import { type Database, EVERY_TOPIC, type Proc, StoreError } from "../../src/store/database.ts";
import { sqliteWords } from "../../src/store/dialects/sqlite-migrate.ts";
import { SqliteTx } from "../../src/store/dialects/sqlite-tx.ts";
import { migrations } from "../../src/store/migrations.ts";
import type { Way } from "./network.ts";
import type { Process, World } from "./world.ts";

/** Until a statement is given up whose server does not answer. */
const GIVE_UP_MS_MAX = 4_000;
const RECONNECT_MS_MAX = 1_000;

/** Clocks of machines do not agree on what time it is. */
const DATABASE_OFFSET_MS = 1_700_000_000_000;

interface Connection {
  readonly process: Process;
  readonly way: Way;
  readonly listeners: Set<(topic: string) => void>;
  /** Wake-ups were missed. */
  isBehind: boolean;
}

export class SimulatedStore {
  readonly #world: World;
  readonly #db = new DatabaseSync(":memory:");
  readonly #tx: SqliteTx;
  readonly #connections = new Set<Connection>();
  readonly #onProc: (name: string) => void;

  /** `onProc` is called after each transaction. */
  constructor(world: World, onProc: (name: string) => void) {
    this.#world = world;
    this.#onProc = onProc;
    this.#tx = new SqliteTx(this.#db);
    // In the place of SQLite's own, which takes one argument too.
    this.#db.function("unixepoch", (_precision) => this.nowMs / 1_000);
    for (const migration of migrations.filter((one) => one.in === "main"))
      for (const statement of migration.up(sqliteWords)) this.#db.exec(statement);
  }

  /** By the database's clock. */
  get nowMs(): number {
    return Math.floor(DATABASE_OFFSET_MS + this.#world.nowMs);
  }

  /** For those who watch: of no node, and at once. */
  look<R>(sql: string, ...params: (string | number)[]): R[] {
    return this.#prepared(sql).all(...params) as R[];
  }

  readonly #statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();

  #prepared(sql: string) {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  close(): void {
    this.#db.close();
  }

  /** As the node of that process sees it. */
  connect(process: Process, way: Way): Database {
    const connection: Connection = { process, way, listeners: new Set(), isBehind: false };
    this.#connections.add(connection);
    const run = <A, R>(proc: Proc<A, R>, args: A) => this.#ask(connection, proc, args);
    return {
      dialect: "sqlite",
      run,
      read: run,
      onWake(listener) {
        connection.listeners.add(listener);
        return () => connection.listeners.delete(listener);
      },
      nowMs: () => this.nowMs,
      close: async () => {},
    };
  }

  #ask<A, R>(connection: Connection, proc: Proc<A, R>, args: A): Promise<R> {
    const { process, way } = connection;
    const { promise, resolve, reject } = Promise.withResolvers<R>();
    const givenUpMs = this.#world.nowMs + this.#world.chance.between(50, GIVE_UP_MS_MAX);
    const fail = (code: "unavailable" | "unknown-outcome") => {
      const tell = () => reject(new StoreError(code, `${proc.name} was not answered`));
      this.#world.at(givenUpMs, tell, process);
    };
    const answer = (value: R, topics: readonly string[]) => {
      const arrived = () => {
        this.#publish(connection, topics);
        resolve(value);
      };
      way.carry({ givenUpMs, arrived, lost: () => fail("unknown-outcome"), process });
    };
    // The COMMIT may be on its way when its sender dies; a transaction that is held up needs it to come to its end.
    const arrived = () => void this.#perform(proc, args).then(({ value, topics }) => answer(value, topics));
    way.carry({ givenUpMs, arrived, lost: () => fail("unavailable"), sender: process });
    return promise;
  }

  /** Begins and ends within one event: nothing comes between. */
  async #perform<A, R>(proc: Proc<A, R>, args: A): Promise<{ readonly value: R; readonly topics: readonly string[] }> {
    try {
      const value = await proc.fn(this.#tx, args);
      this.#tx.settleWakes(true);
      const topics = this.#tx.takeWakes();
      this.#onProc(proc.name);
      return { value, topics };
    } catch (error) {
      this.#world.fail(error);
      throw error;
    }
  }

  /** The node itself hears its own at once, the others when they are told. */
  #publish(from: Connection, topics: readonly string[]): void {
    for (const topic of topics) {
      hear(from, topic);
      for (const to of this.#connections) if (to !== from) this.#tell(to, topic);
    }
    for (const connection of this.#connections) if (connection.process.isDead) this.#connections.delete(connection);
  }

  #tell(to: Connection, topic: string): void {
    const { process, way } = to;
    const missed = () => {
      if (to.isBehind) return;
      to.isBehind = true;
      this.#reconnect(to);
    };
    way.carry({ givenUpMs: 0, arrived: () => hear(to, topic), lost: missed, process });
  }

  #reconnect(connection: Connection): void {
    const { process, way } = connection;
    const again = () => {
      if (way.isCut) return this.#reconnect(connection);
      connection.isBehind = false;
      hear(connection, EVERY_TOPIC);
    };
    this.#world.after(this.#world.chance.between(50, RECONNECT_MS_MAX), again, process);
  }
}

function hear({ listeners }: Connection, topic: string): void {
  for (const listener of listeners) listener(topic);
}
