// The connections of one node: opened when there is work, lent to one unit of work at a time, closed when nobody has needed them for a while.
// Discipline: a lost connection leaves by its own event; a connection that cannot be opened fails everybody who waits, since nothing
// else would come for them. Where one was silent, the others came the same way: what is idle is given up, what is at work must say something.

import { StoreError } from "../database.ts";
import type { Connection } from "./postgres-connection.ts";

/** Callers that may wait for a connection at once; more are refused with "busy" before memory is. */
const WAITING_MAX = 100_000;
const IDLE_MS_MAX = 60_000;
/** Of silence, for a connection at work that is not trusted any more. */
const DISTRUSTED_MS_MAX = 5_000;

export interface PoolOptions {
  readonly connectionsMax: number;
  /** Opens one that tells of its loss. Rejects with StoreError. */
  readonly open: (onLost: () => void) => Promise<Connection>;
  /** Who comes last is served first, and nobody is refused: of what is in a hurry, the oldest has mostly been given up. */
  readonly isUrgent?: boolean;
}

export class PostgresPool {
  readonly #options: PoolOptions;
  readonly #idle: Connection[] = [];
  readonly #lent = new Set<Connection>();
  #waiting: PromiseWithResolvers<Connection>[] = [];
  #count = 0;
  readonly #opening = new Set<Promise<void>>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  acquire(): Promise<Connection> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return Promise.resolve(this.#lend(idle));
    const { isUrgent = false } = this.#options;
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
    this.#lent.delete(connection);
    if (connection.isLost) return;
    const waiter = this.#waiting.shift();
    if (waiter === undefined) this.#keep(connection);
    else waiter.resolve(this.#lend(connection));
  }

  /** Whoever asks next gets one that was opened later. */
  dropIdle(): void {
    for (const connection of [...this.#idle]) connection.destroy();
  }

  /** The server answers elsewhere: what waits here for an answer that was lost is told so, and not only when it is overdue. */
  distrust(): void {
    this.dropIdle();
    const heard = [...this.#lent].map((connection) => ({ connection, bytes: connection.bytesRead }));
    const judge = () => {
      for (const { connection, bytes } of heard) if (connection.bytesRead === bytes) connection.destroy();
    };
    setTimeout(() => setImmediate(judge), DISTRUSTED_MS_MAX).unref();
  }

  #lend(connection: Connection): Connection {
    this.#lent.add(connection);
    return connection;
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
