// The connections of one node: opened when there is work, lent to one unit of work at a time, closed when nobody has needed them for a while.
// Discipline: a lost connection leaves by its own event; a connection that cannot be opened fails everybody who waits, since nothing
// else would come for them.

import { StoreError } from "../database.ts";
import type { Connection } from "./postgres-connection.ts";

/** Callers that may wait for a connection at once; more are refused with "busy" before memory is. */
const WAITING_MAX = 100_000;
const IDLE_MS_MAX = 60_000;

export interface PoolOptions {
  readonly connectionsMax: number;
  /** Opens one that tells of its loss. Rejects with StoreError. */
  readonly open: (onLost: () => void) => Promise<Connection>;
}

export class PostgresPool {
  readonly #options: PoolOptions;
  readonly #idle: Connection[] = [];
  #waiting: PromiseWithResolvers<Connection>[] = [];
  #count = 0;
  readonly #opening = new Set<Promise<void>>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** `isUrgent`: before all others that wait. */
  acquire(isUrgent = false): Promise<Connection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(idle);
    if (this.#waiting.length >= WAITING_MAX && !isUrgent) {
      return Promise.reject(new StoreError("busy", `${WAITING_MAX} calls already wait for the store`));
    }
    const waiter = Promise.withResolvers<Connection>();
    if (isUrgent) this.#waiting.unshift(waiter);
    else this.#waiting.push(waiter);
    this.#grow();
    return waiter.promise;
  }

  release(connection: Connection): void {
    if (connection.isLost) return;
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#keep(connection);
    else waiter.resolve(connection);
  }

  #keep(connection: Connection): void {
    connection.idleSinceMs = performance.now();
    this.#idle.push(connection);
    this.#sweep ??= setInterval(() => this.#closeIdle(), IDLE_MS_MAX).unref();
  }

  /** Idle ones are closed, also those that nobody has come to need; those that are lent must have been returned. */
  async close(): Promise<void> {
    await Promise.all(this.#opening);
    clearInterval(this.#sweep);
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()));
  }

  #grow(): void {
    if (this.#count >= this.#options.connectionsMax) return;
    this.#count++;
    const handle: { connection?: Connection } = {};
    const opening = this.#options
      .open(() => this.#lost(handle.connection))
      .then(
        (connection) => {
          handle.connection = connection;
          if (connection.isLost) return this.#lost(connection);
          this.release(connection);
          if (this.#waiting.length > 0) this.#grow();
        },
        (error: unknown) => {
          this.#count--;
          for (const waiter of this.#waiting.splice(0)) waiter.reject(error);
        },
      )
      .finally(() => this.#opening.delete(opening));
    this.#opening.add(opening);
  }

  #lost(connection: Connection | undefined): void {
    if (connection === undefined) return; // it was never open: the rejection of `open` tells
    this.#count--;
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (this.#waiting.length > 0) this.#grow();
  }

  #closeIdle(): void {
    const beforeMs = performance.now() - IDLE_MS_MAX;
    const old = this.#idle.filter((connection) => connection.idleSinceMs < beforeMs);
    for (const connection of old) {
      this.#idle.splice(this.#idle.indexOf(connection), 1);
      this.#count--;
      connection.close().catch(() => {});
    }
  }
}
