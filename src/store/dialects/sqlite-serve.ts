// What runs inside a SQLite thread: opens the file, migrates it, then answers batches until told to close.

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { PlatformError } from "../../lib/errors.ts";
import type { Migration } from "../migration.ts";
import type { ProcTable } from "../proc-table.ts";
import { Batches } from "./sqlite-batch.ts";
import type { Answer, Failure, FromThread, Request, ThreadOptions, ToThread } from "./sqlite-messages.ts";
import { migrate } from "./sqlite-migrate.ts";
import { WalFlush } from "./wal-flush.ts";

/** Pages before the writer checkpoints by itself: facts of a bench, the WAL stays below about 8 MiB. */
const CHECKPOINT_PAGES = 2_000;
/** logs.db is written at its end and seldom read: a large cache of it would only grow with it, and mapped pages count as memory of ours. */
const MEMORY = { main: { cacheKib: 65_536, mmapBytes: 268_435_456 }, logs: { cacheKib: 8_192, mmapBytes: 0 } } as const;
const WAL_KEPT_BYTES = 67_108_864;
const BUSY_TIMEOUT_MS = 10_000;

/** Never returns control to a caller: the thread lives on its port's messages. */
export function serveSqlite(procs: ProcTable, migrations: readonly Migration[]): void {
  assert(parentPort !== null, "store-worker is the entry of a thread, not a program");
  const port = parentPort;
  const options = workerData as ThreadOptions;
  open(options, migrations).then(
    (db) => new Server(port, db, new Batches(db, procs, options.role), options).listen(procs),
    (error: unknown) => refuse(port, error, options),
  );
}

async function open(options: ThreadOptions, migrations: readonly Migration[]): Promise<DatabaseSync> {
  const readOnly = options.role === "reader";
  const db = new DatabaseSync(options.path, { readOnly, timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  const { cacheKib, mmapBytes } = MEMORY[options.schema];
  db.exec(`PRAGMA cache_size = -${cacheKib}; PRAGMA mmap_size = ${mmapBytes}`);
  if (readOnly) return db;
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${WAL_KEPT_BYTES}`);
  await migrate(db, migrations, options);
  db.exec("PRAGMA synchronous = NORMAL"); // wal-flush.ts does the rest
  return db;
}

function refuse(port: MessagePort, error: unknown, options: ThreadOptions): void {
  const known = error instanceof PlatformError;
  const text = error instanceof Error ? error.message : String(error);
  say(port, {
    type: "refused",
    code: known ? error.code : "data-unreadable",
    message: known ? text : `${options.path} cannot be opened: ${text}`,
  });
  port.close();
}

class Server {
  readonly #port: MessagePort;
  readonly #db: DatabaseSync;
  readonly #batches: Batches;
  /** undefined: nobody waits for this disk. */
  readonly #wal: WalFlush | undefined;

  constructor(port: MessagePort, db: DatabaseSync, batches: Batches, { role, path, synchronous }: ThreadOptions) {
    this.#port = port;
    this.#db = db;
    this.#batches = batches;
    const isFlushed = role === "writer" && path !== ":memory:" && synchronous === "FULL";
    const onError = (error: Error) => this.#end({ code: "unknown-outcome", message: `the store could not be flushed: ${error.message}` });
    this.#wal = isFlushed ? new WalFlush(path, onError) : undefined;
  }

  listen(procs: ProcTable): void {
    this.#port.on("message", (message: ToThread) => {
      if (message.type === "batch") void this.#run(message.requests);
      else this.#close();
    });
    say(this.#port, { type: "ready", procs: [...procs.keys()] });
  }

  /** A batch runs in microtasks only, so the event loop's next turn comes after its end, or else a proc has awaited something foreign. */
  async #run(requests: readonly Request[]): Promise<void> {
    const guard = setImmediate(() => {
      this.#end({ code: "bug", message: `proc ${this.#batches.running} awaited something other than its tx` });
    });
    const result = await this.#batches.run(requests);
    clearImmediate(guard);
    if (result.hasWritten) this.#wal?.note();
    // Also of a batch that has written nothing: its answers may rest on what a relaxed one wrote just before.
    const isBehind = this.#wal?.isBehind === true;
    const [held, answers]: [Answer[], Answer[]] = [[], []];
    for (const [at, answer] of result.answers.entries())
      (isBehind && !this.#batches.isRelaxed(requests[at]!) ? held : answers).push(answer); // each request has its answer in its place
    this.#reply({ type: "committed", answers, wakes: result.wakes, isFlushing: held.length > 0 });
    if (result.fatal !== undefined) this.#end(result.fatal);
    if (held.length > 0) {
      await this.#wal?.flush();
      this.#reply({ type: "flushed", answers: held });
    } else if (result.hasWritten) this.#wal?.flushLate();
  }

  #reply(message: Extract<FromThread, { readonly answers: unknown }>): void {
    try {
      say(this.#port, message);
    } catch {
      say(this.#port, { ...message, answers: message.answers.map(cloneable) });
    }
  }

  #end(failure: Failure): void {
    say(this.#port, { type: "fatal", failure });
    process.exit(1);
  }

  #close(): void {
    this.#wal?.close();
    this.#db.close();
    say(this.#port, { type: "closed" });
    this.#port.close();
  }
}

function cloneable(answer: Answer): Answer {
  try {
    structuredClone(answer);
    return answer;
  } catch (error) {
    return [answer[0], false, { code: "bug", message: `a proc's result cannot leave its thread: ${(error as Error).message}` }];
  }
}

function say(port: MessagePort, message: FromThread): void {
  port.postMessage(message);
}
