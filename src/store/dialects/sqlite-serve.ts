// What runs inside a SQLite thread: opens the file, migrates it, then answers batches until told to close.

import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { PlatformError } from "../../lib/errors.ts";
import type { Migration } from "../migration.ts";
import type { ProcTable } from "../proc-table.ts";
import { Batches, type BatchResult } from "./sqlite-batch.ts";
import type { Answer, Failure, FromThread, Request, ThreadOptions, ToThread } from "./sqlite-messages.ts";
import { migrate } from "./sqlite-migrate.ts";

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
    (db) => answer(port, db, new Batches(db, procs, options.role), procs),
    (error: unknown) => refuse(port, error, options),
  );
}

async function open(options: ThreadOptions, migrations: readonly Migration[]): Promise<DatabaseSync> {
  const readOnly = options.role === "reader";
  const db = new DatabaseSync(options.path, { readOnly, timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  const { cacheKib, mmapBytes } = MEMORY[options.schema];
  db.exec(`PRAGMA cache_size = -${cacheKib}; PRAGMA mmap_size = ${mmapBytes}`);
  if (readOnly) return db;
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous}`);
  db.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${WAL_KEPT_BYTES}`);
  await migrate(db, migrations, options);
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

function answer(port: MessagePort, db: DatabaseSync, batches: Batches, procs: ProcTable): void {
  port.on("message", (message: ToThread) => {
    if (message.type === "batch") void guarded(port, batches, message.requests);
    else close(port, db);
  });
  say(port, { type: "ready", procs: [...procs.keys()] });
}

/** A batch runs in microtasks only, so the event loop's next turn comes after its end, or else a proc has awaited something foreign. */
async function guarded(port: MessagePort, batches: Batches, requests: readonly Request[]): Promise<void> {
  const guard = setImmediate(() => {
    end(port, { code: "bug", message: `proc ${batches.running} awaited something other than its tx` });
  });
  const result = await batches.run(requests);
  clearImmediate(guard);
  reply(port, result);
  if (result.fatal !== undefined) end(port, result.fatal);
}

function reply(port: MessagePort, { answers, wakes }: BatchResult): void {
  try {
    say(port, { type: "answers", answers, wakes });
  } catch {
    say(port, { type: "answers", answers: answers.map(cloneable), wakes });
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

function end(port: MessagePort, failure: Failure): void {
  say(port, { type: "fatal", failure });
  process.exit(1);
}

function close(port: MessagePort, db: DatabaseSync): void {
  db.close();
  say(port, { type: "closed" });
  port.close();
}

function say(port: MessagePort, message: FromThread): void {
  port.postMessage(message);
}
