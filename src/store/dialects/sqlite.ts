// SQLite behind `Database`: one writer thread, and one reader thread, started when reads find the writer at work again and
// again: each costs 15 MB, which an idle server need not pay. WAL, so they do not wait for each other.

import type { Clock } from "../../lib/clock.ts";
import { moduleFile } from "../../lib/sibling.ts";
import { type Database, type Proc, StoreError } from "../database.ts";
import type { ThreadOptions } from "./sqlite-messages.ts";
import { type SqliteThread, startThread } from "./sqlite-thread.ts";

const MEMORY = ":memory:";
/** So many reads within a second may wait for a flush of the writer before a reader of their own is worth its memory. */
const DELAYED_READS_MAX = 8;
const DELAYED_WITHIN_MS = 1_000;

export interface SqliteOptions {
  /** The file, or "memory" for a database that dies with this process. */
  readonly file: string | "memory";
  readonly schema: "main" | "logs";
  /** FULL: acknowledged means on disk. NORMAL: the last moments may be lost with the power (logs). */
  readonly synchronous: "FULL" | "NORMAL";
  readonly backupDirectory?: string;
  readonly program: string;
  readonly clock: Clock;
  /** Called once when this process must end; throwing out of it is the answer of those who have nothing better. */
  readonly onFatal: (error: StoreError) => void;
  /** The threads' entry, for tests that bring procs of their own. */
  readonly entry?: string;
}

/** Opens and migrates. Throws PlatformError "data-schema-newer" or "data-unreadable". */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const database = new Sqlite(options);
  await database.start();
  return database;
}

class Sqlite implements Database {
  readonly dialect = "sqlite";
  readonly #options: SqliteOptions;
  readonly #listeners = new Set<(topic: string) => void>();
  #writer: SqliteThread | undefined;
  #reader: Promise<SqliteThread> | undefined;
  #delayedReads = 0;
  #delayedSinceMs = 0;
  #closing: Promise<void> | undefined;

  constructor(options: SqliteOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#writer = await this.#thread("writer");
  }

  async run<A, R>(proc: Proc<A, R>, args: A, options: { readonly transfer?: readonly ArrayBuffer[] } = {}): Promise<R> {
    return (await this.#open().call("run", proc.name, args, { ...options, isRelaxed: proc.isRelaxed })) as R;
  }

  async read<A, R>(proc: Proc<A, R>, args: A): Promise<R> {
    const writer = this.#open();
    const thread = this.#mayUseWriter(writer) ? writer : await this.#startedReader();
    return (await thread.call("read", proc.name, args)) as R;
  }

  onWake(listener: (topic: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  nowMs(): number {
    return this.#options.clock.nowMs();
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeThreads();
    return this.#closing;
  }

  async #closeThreads(): Promise<void> {
    const reader = await this.#reader?.catch(() => undefined);
    await reader?.close();
    await this.#writer?.close();
  }

  #open(): SqliteThread {
    if (this.#writer === undefined || this.#closing !== undefined) throw new StoreError("unavailable", "the store is closed");
    return this.#writer;
  }

  #mayUseWriter(writer: SqliteThread): boolean {
    if (this.#options.file === "memory") return true;
    if (this.#reader !== undefined) return false;
    if (writer.isAtLeisure) return true;
    const nowMs = performance.now();
    if (nowMs - this.#delayedSinceMs > DELAYED_WITHIN_MS) {
      this.#delayedSinceMs = nowMs;
      this.#delayedReads = 0;
    }
    return ++this.#delayedReads <= DELAYED_READS_MAX;
  }

  /** A reader that cannot start is tried anew at the next read. */
  #startedReader(): Promise<SqliteThread> {
    this.#reader ??= this.#thread("reader").catch((error) => {
      this.#reader = undefined;
      throw error;
    });
    return this.#reader;
  }

  #thread(role: ThreadOptions["role"]): Promise<SqliteThread> {
    const { file, schema, synchronous, backupDirectory, program, onFatal } = this.#options;
    const path = file === "memory" ? MEMORY : file;
    const options = { role, path, schema, synchronous, program, ...(backupDirectory === undefined ? {} : { backupDirectory }) };
    const onWakes = (topics: readonly string[]) => {
      for (const topic of topics) for (const listener of this.#listeners) listener(topic);
    };
    return startThread(this.#options.entry ?? moduleFile("store-worker"), options, { onWakes, onFatal });
  }
}
