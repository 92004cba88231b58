// Asynchronous invocations as one object: accepts them onto disk, and has each function's line work through its queue.
// Why a queue for each function: docs/decisions/0015-asynchronous-invocation.md.

import { NoSuchQueue } from "../store/queue/queue.ts";
import { createQueue } from "../store/queue/queues.procs.ts";
import { ASYNC_KIND, dueQueues } from "./async.procs.ts";
import type { AsyncEvent } from "./async-event.ts";
import { AsyncLine, type AsyncParts, LEASE_MS } from "./async-line.ts";

export interface FunctionPlace {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export type Accepted = Pick<AsyncEvent, "requestId" | "qualifier" | "clientContext" | "traceHeader">;

export interface AsyncInvocations {
  /** Resolves when the event is on disk. `payload` is JSON. */
  accept(to: FunctionPlace, payload: string, event: Accepted): Promise<void>;
  /** The function was deleted, and its queue with it. */
  forget(place: FunctionPlace): void;
  /** Takes no more from the queues and waits up to `drainMs` for what runs; the rest is invoked again by the next process. */
  close(drainMs: number): Promise<void>;
}

const EXTEND_MS = LEASE_MS / 3;
/** Finds what other nodes, or predecessors of this process, have left: own events are woken by the bus and by timers of their own. */
const SWEEP_MS = 5_000;
/** Events of a server that was down end by their age, when it is up again; never silently. */
const RETENTION_MS = 14 * 86_400_000;
const QUEUE = { isFifo: false, visibilityMs: LEASE_MS, delayMs: 0, retentionMs: RETENTION_MS };

export function startAsyncInvocations(parts: AsyncParts): AsyncInvocations {
  return new Dispatcher(parts);
}

class Dispatcher implements AsyncInvocations {
  readonly #parts: AsyncParts;
  readonly #lines = new Map<string, Promise<AsyncLine>>();
  readonly #timers: readonly NodeJS.Timeout[];
  #sweeping: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: AsyncParts) {
    this.#parts = parts;
    this.#timers = [setInterval(() => this.#startSweep(), SWEEP_MS).unref(), setInterval(() => void this.#extend(), EXTEND_MS).unref()];
    this.#startSweep();
  }

  async accept(to: FunctionPlace, payload: string, event: Accepted): Promise<void> {
    const attributes = JSON.stringify({
      ...event,
      acceptedMs: this.#parts.database.nowMs(),
      failures: 0,
      setbacks: 0,
    } satisfies AsyncEvent);
    try {
      await this.#send(to, payload, attributes);
    } catch (error) {
      if (!(error instanceof NoSuchQueue)) throw error;
      this.forget(to); // it was deleted and created again
      await this.#send(to, payload, attributes);
    }
    this.#parts.measure?.value(to, "AsyncEventsReceived", 1);
  }

  forget(place: FunctionPlace): void {
    const line = this.#lines.get(keyOf(place));
    this.#lines.delete(keyOf(place));
    line?.then((opened) => opened.close()).catch(() => {}); // one that could not be opened needs no closing
  }

  async close(drainMs: number): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#sweeping;
    const extending = setInterval(() => void this.#extend(), EXTEND_MS);
    let overtime: NodeJS.Timeout | undefined;
    const ended = Promise.all([...this.#lines.values()].map(async (line) => (await line.catch(() => undefined))?.close()));
    await Promise.race([ended, new Promise((resolve) => (overtime = setTimeout(resolve, drainMs)))]);
    clearTimeout(overtime);
    clearInterval(extending);
  }

  async #send(to: FunctionPlace, body: string, attributes: string): Promise<void> {
    const { queueId } = await this.#line(to);
    await this.#parts.queues.send(queueId, [{ body, attributes }]);
  }

  #line(to: FunctionPlace, knownId?: number): Promise<AsyncLine> {
    const key = keyOf(to);
    const known = this.#lines.get(key);
    if (known !== undefined) return known;
    const opened = this.#open(to, knownId);
    this.#lines.set(key, opened);
    opened.catch(() => this.#lines.delete(key)); // the next one tries again
    return opened;
  }

  async #open({ account, region, name }: FunctionPlace, knownId?: number): Promise<AsyncLine> {
    const { database } = this.#parts;
    const id = knownId ?? (await database.run(createQueue, { account, region, kind: ASYNC_KIND, name, settings: QUEUE })).id;
    const line: AsyncLine = new AsyncLine(id, { account, region, name }, this.#parts, () => void this.#forgetLine(line));
    return line;
  }

  /** Not one that has taken its place since. */
  async #forgetLine(gone: AsyncLine): Promise<void> {
    for (const [key, opened] of this.#lines) if ((await opened.catch(() => undefined)) === gone) this.#lines.delete(key);
    await gone.close();
  }

  #startSweep(): void {
    if (!this.#parts.isPoller) return;
    this.#sweeping = this.#sweep().catch((error: unknown) => {
      if (!this.#isClosed) this.#parts.warn("Asynchronous invocations could not be looked for", error);
    });
  }

  async #sweep(): Promise<void> {
    const { database } = this.#parts;
    for (const { id, ...place } of await database.read(dueQueues, { nowMs: database.nowMs() })) {
      if (this.#isClosed) return;
      const line = await this.#line(place, id);
      if (line.queueId === id) line.wake();
      else this.forget(place); // another node made it anew
    }
  }

  async #extend(): Promise<void> {
    for (const opened of this.#lines.values()) {
      const line = await opened.catch(() => undefined);
      await line?.extend().catch((error: unknown) => this.#parts.warn("Leases of asynchronous invocations could not be extended", error));
    }
  }
}

function keyOf({ account, region, name }: FunctionPlace): string {
  return `${account} ${region} ${name}`;
}
