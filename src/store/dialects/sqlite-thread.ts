// The main thread's end of one SQLite thread: gathers requests into batches, hands the answers back, and knows when the thread is gone.
//
//   call ─▶ waiting ──(setImmediate)──▶ batch ──▶ committed ─▶ wakes, answers of those that are relaxed ──▶ flushed ─▶ the other answers
//               ▲                                     │                                                        │
//               └── callers just woken join the next batch ◀───────────────────────────────────────────────────┘
//
// Discipline: one batch is run at a time, and one is flushed. Whatever arrives during a flush shares the next one; what is relaxed does not wait for it.

import { Worker } from "node:worker_threads";
import { PlatformError } from "../../lib/errors.ts";
import { StoreError } from "../database.ts";
import type { Answer, Failure, FromThread, Kind, Request, ThreadOptions, ToThread } from "./sqlite-messages.ts";

const BATCH_MAX = 512;
const READS_AT_LEISURE_MAX = 8;
/** Callers that may wait for the disk at once; more are refused with "busy" before memory is. */
const WAITING_MAX = 100_000;

interface Pending {
  readonly request: Request;
  readonly transfer: readonly ArrayBuffer[];
  /** Its caller need not wait for the disk. */
  readonly isRelaxed: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: StoreError) => void;
}

export interface CallOptions {
  readonly transfer?: readonly ArrayBuffer[] | undefined;
  readonly isRelaxed?: true | undefined;
}

export interface ThreadEvents {
  readonly onWakes: (topics: readonly string[]) => void;
  /** The thread is gone and this process must not go on: the disk cannot be trusted, or a proc broke its rules. */
  readonly onFatal: (error: StoreError) => void;
}

/** Starts a thread and waits until it serves. Throws PlatformError when the file cannot be served. */
export async function startThread(entry: string, options: ThreadOptions, events: ThreadEvents): Promise<SqliteThread> {
  const worker = new Worker(entry, { workerData: options, name: `sqlite ${options.role}` });
  const procs = await new Promise<readonly string[]>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (message: FromThread) => {
      worker.off("error", reject);
      if (message.type === "ready") resolve(message.procs);
      else if (message.type === "refused") reject(new PlatformError(message.code, message.message));
      else reject(new Error(`a SQLite thread began with ${message.type}`));
    });
  });
  return new SqliteThread(worker, new Set(procs), events);
}

export class SqliteThread {
  readonly #worker: Worker;
  readonly #procs: ReadonlySet<string>;
  readonly #events: ThreadEvents;
  #waiting: Pending[] = [];
  /** Sent and not answered yet. */
  readonly #underWay = new Map<number, Pending>();
  /** The batch that is being run. */
  #running: readonly Pending[] = [];
  #isFlushing = false;
  #scheduled = false;
  #nextId = 1;
  #ended: StoreError | undefined;
  #closing: PromiseWithResolvers<void> | undefined;

  constructor(worker: Worker, procs: ReadonlySet<string>, events: ThreadEvents) {
    this.#worker = worker;
    this.#procs = procs;
    this.#events = events;
    worker.on("message", (message: FromThread) => this.#hear(message));
    worker.on("error", (error) => this.#die({ code: "bug", message: `a SQLite thread failed: ${error.message}`, stack: error.stack }));
    worker.on("exit", () => this.#exited());
  }

  /** It has nothing to do but a few reads, behind which another one does not wait for long. */
  get isAtLeisure(): boolean {
    if (this.#waiting.length + this.#running.length > READS_AT_LEISURE_MAX) return false;
    return [...this.#waiting, ...this.#running].every(({ request: [, kind] }) => kind === "read");
  }

  call(kind: Kind, name: string, args: unknown, options: CallOptions = {}): Promise<unknown> {
    if (this.#ended !== undefined || this.#closing !== undefined) {
      return Promise.reject(this.#ended ?? new StoreError("unavailable", "the store is closed"));
    }
    if (!this.#procs.has(name)) return Promise.reject(new StoreError("bug", `no proc is called ${name}: is its file in procs.ts?`));
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.reject(new StoreError("busy", `${WAITING_MAX} calls already wait for the store`));
    const { transfer = [], isRelaxed = kind === "read" } = options;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request: [this.#nextId++, kind, name, args], transfer, isRelaxed, resolve, reject });
      this.#schedule();
    });
  }

  /** Answers what is already waiting, then closes the file. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.promise;
    this.#closing = Promise.withResolvers();
    if (this.#ended !== undefined) this.#closing.resolve();
    else this.#schedule();
    return this.#closing.promise;
  }

  #schedule(): void {
    if (this.#scheduled || this.#running.length > 0) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#ended !== undefined || this.#running.length > 0) return;
    const batch = this.#take();
    if (batch.length === 0) {
      if (this.#closing !== undefined && this.#underWay.size === 0) this.#say({ type: "close" }, []);
      return;
    }
    try {
      this.#send(batch);
    } catch (error) {
      this.#sendCloneable(batch, error as Error);
    }
  }

  #take(): readonly Pending[] {
    if (!this.#isFlushing) return this.#waiting.splice(0, BATCH_MAX);
    const relaxed: Pending[] = [];
    const others: Pending[] = [];
    for (const pending of this.#waiting) (pending.isRelaxed && relaxed.length < BATCH_MAX ? relaxed : others).push(pending);
    this.#waiting = others;
    return relaxed;
  }

  #send(batch: readonly Pending[]): void {
    const transfer = [...new Set(batch.flatMap((pending) => pending.transfer))];
    this.#say({ type: "batch", requests: batch.map((pending) => pending.request) }, transfer);
    for (const pending of batch) this.#underWay.set(pending.request[0], pending);
    this.#running = batch;
  }

  /** One caller's arguments cannot be cloned: it alone fails. */
  #sendCloneable(batch: readonly Pending[], error: Error): void {
    const good = batch.filter((pending) => isCloneable(pending.request));
    const bad = good.length === batch.length ? batch : batch.filter((pending) => !good.includes(pending));
    for (const { request, reject } of bad)
      reject(new StoreError("bug", `the arguments of ${request[2]} cannot reach the store`, { cause: error }));
    if (bad !== batch && good.length > 0) this.#send(good);
    else this.#schedule();
  }

  #hear(message: FromThread): void {
    if (message.type === "committed") this.#committed(message);
    else if (message.type === "flushed") this.#flushed(message.answers);
    else if (message.type === "fatal") this.#die(message.failure);
    else if (message.type === "closed") this.#ended = new StoreError("unavailable", "the store is closed");
  }

  #committed({ answers, wakes, isFlushing }: Extract<FromThread, { readonly type: "committed" }>): void {
    this.#running = [];
    this.#isFlushing ||= isFlushing;
    if (wakes.length > 0) this.#events.onWakes(wakes);
    this.#settle(answers);
  }

  #flushed(answers: readonly Answer[]): void {
    this.#isFlushing = false;
    this.#settle(answers);
  }

  #settle(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const pending = this.#underWay.get(answer[0]);
      this.#underWay.delete(answer[0]);
      if (answer[1]) pending?.resolve(answer[2]);
      else pending?.reject(toError(answer[2]));
    }
    if (this.#waiting.length > 0 || this.#closing !== undefined) this.#schedule();
  }

  #die(failure: Failure): void {
    if (this.#ended !== undefined) return;
    const error = toError(failure);
    this.#ended = error;
    const unknown = new StoreError("unknown-outcome", failure.message, { cause: error });
    for (const pending of this.#underWay.values()) pending.reject(unknown);
    for (const pending of this.#waiting) pending.reject(new StoreError("unavailable", failure.message, { cause: error }));
    this.#underWay.clear();
    this.#waiting = [];
    this.#events.onFatal(error);
  }

  #exited(): void {
    if (this.#ended === undefined) this.#die({ code: "unavailable", message: "a SQLite thread ended by itself" });
    this.#closing?.resolve();
  }

  #say(message: ToThread, transfer: readonly ArrayBuffer[]): void {
    this.#worker.postMessage(message, transfer);
  }
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

function toError(failure: Failure): StoreError {
  const error = new StoreError(failure.code, failure.message);
  if (failure.stack !== undefined) error.cause = failure.stack;
  return error;
}
