// Group commit: all requests of a batch share one transaction, each in a savepoint of its own, so that one failure is one's own. A commit does not
// wait for the disk: wal-flush.ts does, beside the batches that follow.
// Discipline: nothing in here yields to the event loop. A proc that awaits anything but its tx would hold the transaction open:
// the guard sees that and ends the thread, naming the proc.

import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Tx } from "../database.ts";
import type { AnyProc, ProcTable } from "../proc-table.ts";
import { failureOf, mustEndProcess } from "./sqlite-errors.ts";
import type { Answer, Failure, Request } from "./sqlite-messages.ts";
import { SqliteTx } from "./sqlite-tx.ts";

export interface BatchResult {
  readonly answers: readonly Answer[];
  readonly wakes: readonly string[];
  /** There is something to flush. */
  readonly hasWritten: boolean;
  /** The process must end: the disk cannot be trusted. */
  readonly fatal?: Failure;
}

export class Batches {
  readonly #db: DatabaseSync;
  readonly #procs: ProcTable;
  readonly #tx: SqliteTx;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  readonly #rollbackTo: StatementSync;
  readonly #changes: StatementSync;
  #running = "";

  constructor(db: DatabaseSync, procs: ProcTable, role: "writer" | "reader") {
    this.#db = db;
    this.#procs = procs;
    this.#tx = new SqliteTx(db);
    this.#begin = db.prepare(role === "writer" ? "BEGIN IMMEDIATE" : "BEGIN");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
    this.#savepoint = db.prepare("SAVEPOINT item");
    this.#release = db.prepare("RELEASE item");
    this.#rollbackTo = db.prepare("ROLLBACK TO item");
    this.#changes = db.prepare("SELECT total_changes() AS count");
  }

  /** The proc that is being run: whom the guard names. */
  get running(): string {
    return this.#running;
  }

  async run(requests: readonly Request[]): Promise<BatchResult> {
    const answers: Answer[] = [];
    const before = this.#changeCount;
    let committing = false;
    try {
      this.#begin.run();
      for (const request of requests) answers.push(await this.#item(request));
      committing = true;
      this.#commit.run();
      return { answers, wakes: this.#tx.takeWakes(), hasWritten: this.#changeCount !== before };
    } catch (error) {
      return this.#abandon(requests, error, committing);
    }
  }

  /** Its caller need not wait for the disk. */
  isRelaxed([, kind, name]: Request): boolean {
    return kind === "read" || this.#procs.get(name)?.isRelaxed === true;
  }

  get #changeCount(): number {
    return this.#changes.get()?.count as number;
  }

  async #item([id, kind, name, args]: Request): Promise<Answer> {
    const proc = this.#procs.get(name);
    if (proc === undefined) return [id, false, { code: "bug", message: `no proc is called ${name}: is its file in procs.ts?` }];
    this.#running = name;
    this.#savepoint.run();
    try {
      const value = kind === "run" ? await perform(proc, this.#tx, args) : await this.#readOnly(proc, args);
      if (this.#tx.endedBySqlite) throw new Error(`${name} went on after its transaction had ended`);
      const failure = this.#tx.takeFailure();
      if (failure !== undefined) throw failure.error;
      this.#release.run();
      this.#tx.settleWakes(true);
      return [id, true, value];
    } catch (error) {
      if (this.#tx.endedBySqlite || mustEndProcess(error)) throw error;
      this.#tx.takeFailure();
      this.#rollbackTo.run();
      this.#release.run();
      this.#tx.settleWakes(false);
      return [id, false, failureOf(error, name)];
    }
  }

  /** A read on the writer's connection: the same refusal to write as on a reader's. */
  async #readOnly(proc: AnyProc, args: unknown): Promise<unknown> {
    this.#db.exec("PRAGMA query_only = ON");
    try {
      return await perform(proc, this.#tx, args);
    } finally {
      this.#db.exec("PRAGMA query_only = OFF");
    }
  }

  #abandon(requests: readonly Request[], error: unknown, committing: boolean): BatchResult {
    if (this.#db.isTransaction) this.#rollback.run();
    this.#tx.takeWakes();
    const cause = failureOf(error, "the store could not commit");
    const fatal = mustEndProcess(error);
    const code = fatal && committing ? "unknown-outcome" : "unavailable";
    const failure: Failure = { ...cause, code };
    return { answers: requests.map(([id]) => [id, false, failure]), wakes: [], hasWritten: false, ...(fatal ? { fatal: failure } : {}) };
  }
}

function perform(proc: AnyProc, tx: Tx, args: unknown): Promise<unknown> {
  return proc.fn(tx, args as never);
}
