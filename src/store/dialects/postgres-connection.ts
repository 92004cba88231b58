// One connection to PostgreSQL: how it is set up, what its values become, and when it is of no use any more. `pg` is loaded by the first one,
// so that a server on SQLite pays nothing for it.

import { Socket } from "node:net";
import type { Client, Notification, QueryResult } from "pg";

/** How long one thing may take on a connection, in milliseconds. */
export interface Patience {
  /** To be connected and let in. */
  readonly connectMs: number;
  /** The server ends a statement that takes longer, one that waits for a lock too. */
  readonly statementMs: number;
  /** The server ends a transaction that waits longer for its proc: the proc's server is stopped or cut off, and others wait for its locks. */
  readonly idleInTransactionMs: number;
  /** Ours with the server, while an answer is due. */
  readonly silenceMs: number;
}

/** Silence beyond what the server allows a statement: only a peer that is gone without a word takes so long. */
export const patient: Patience = { connectMs: 3_000, statementMs: 30_000, idleInTransactionMs: 10_000, silenceMs: 35_000 };
/** For what keeps a lease of 3 seconds: there must be time to try again. */
export const hurried: Patience = { connectMs: 2_000, statementMs: 2_000, idleInTransactionMs: 2_000, silenceMs: 1_000 };
/** For a process that is about to end, and is killed when it takes too long. */
export const ending: Patience = { ...patient, silenceMs: 5_000 };

/** A server that is gone does not take leave of us. */
const CLOSE_MS_MAX = 1_000;
/** Notices a peer that is gone without a word. */
const KEEP_ALIVE_AFTER_MS = 5_000;
/** Texts kept prepared on every connection; generated ones (IN lists) beyond these are prepared each time. */
const NAMED_MAX = 500;

/** Names of prepared statements: the same text has the same name on every connection. */
export class StatementNames {
  readonly #names = new Map<string, string>();

  of(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= NAMED_MAX) return known;
    const name = `l${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}

export interface ConnectionEvents {
  readonly onLost?: () => void;
  readonly onNotification?: (payload: string) => void;
}

/** Statements may be sent before the one before is answered: they are answered in order, each with its own error. */
export class Connection {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #onLost: () => void;
  #isLost = false;
  /** performance.now() of its last return to the pool. */
  idleSinceMs = 0;

  constructor(client: Client, socket: Socket, { onLost, onNotification }: ConnectionEvents) {
    this.#client = client;
    this.#socket = socket;
    this.#onLost = onLost ?? (() => {});
    client.on("error", () => this.#lose());
    client.on("end", () => this.#lose());
    if (onNotification !== undefined) client.on("notification", ({ payload }: Notification) => onNotification(payload ?? ""));
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Grows with each word of the server. */
  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  async query<R>(text: string, values: readonly unknown[] = [], name?: string): Promise<R[]> {
    const statement = { text, values: values as unknown[], ...(name === undefined ? {} : { name }) };
    const { rows }: QueryResult = await this.#client.query(statement);
    return rows as R[];
  }

  /** Ends it at once; whatever waits for an answer is rejected. */
  destroy(): void {
    this.#socket.destroy();
    this.#lose();
  }

  async close(): Promise<void> {
    if (this.#isLost) return;
    this.#isLost = true;
    const overdue = setTimeout(() => this.#socket.destroy(), CLOSE_MS_MAX);
    await this.#client.end().finally(() => clearTimeout(overdue));
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#onLost();
  }
}

/** Rejects with what `pg` or the system says. */
export async function connect(url: string, events: ConnectionEvents = {}, patience: Patience = patient): Promise<Connection> {
  const { default: pg } = await import("pg");
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    pipeline: true,
    stream: () => socket,
    connectionTimeoutMillis: patience.connectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    application_name: "lambent",
    statement_timeout: patience.statementMs,
    idle_in_transaction_session_timeout: patience.idleInTransactionMs,
    // A plan that was made while a queue was empty must not stay when it is full.
    options: "-c plan_cache_mode=force_generic_plan",
    types: { getTypeParser: (oid: number) => PARSERS.get(oid) ?? asText },
  });
  const connection = new Connection(client, socket, events);
  try {
    await client.connect();
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

const asText = (text: string) => text;
const asNumber = (text: string) => Number(text);

/** By type OID (pg_type.dat). Numbers are below 2^53; comparisons are 1 and 0 as in SQLite; sums of bigint are numeric. */
const PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [16, (text: string) => (text === "t" ? 1 : 0)], // bool
  [17, asBytes], // bytea
  [20, asNumber], // int8
  [21, asNumber], // int2
  [23, asNumber], // int4
  [26, asNumber], // oid
  [700, asNumber], // float4
  [701, asNumber], // float8
  [1700, asNumber], // numeric
]);

/** "\x0aff": in memory of its own, so that whoever gets it may transfer it. */
function asBytes(text: string): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow((text.length - 2) / 2);
  bytes.write(text.slice(2), "hex");
  return new Uint8Array(bytes.buffer);
}
