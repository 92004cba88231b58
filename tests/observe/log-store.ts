// A real logs.db for the tests of this room, in memory or in a directory of its own, with a clock that tests can move.

import type { TestContext } from "node:test";
import type { Clock } from "../../src/lib/clock.ts";
import { LogBuffer, type LogBufferOptions } from "../../src/observe/log-buffer.ts";
import { findGroup } from "../../src/observe/log-groups.procs.ts";
import type { EventQuery, PageOfEvents } from "../../src/observe/log-query.ts";
import { readEvents } from "../../src/observe/log-query.ts";
import { type LogUpkeep, startLogUpkeep } from "../../src/observe/log-upkeep.ts";
import type { LogStreamName } from "../../src/observe/log-writer.ts";
import type { Database } from "../../src/store/database.ts";
import { openStore, type StorePlace } from "../../src/store/open.ts";
import { storePlace } from "../contract/store-place.ts";

export const account = "000000000000";
export const region = "us-east-1";

/** Now, and whatever `advance` adds to it. Timers fire by `advance` alone. */
export class TestClock implements Clock {
  #aheadMs = 0;
  #due: { readonly dueMs: number; readonly call: () => void }[] = [];

  nowMs(): number {
    return Date.now() + this.#aheadMs;
  }

  at(dueMs: number, call: () => void): () => void {
    const timer = { dueMs, call };
    this.#due.push(timer);
    return () => {
      this.#due = this.#due.filter((other) => other !== timer);
    };
  }

  advance(ms: number): void {
    this.#aheadMs += ms;
    const due = this.#due.filter((timer) => timer.dueMs <= this.nowMs());
    this.#due = this.#due.filter((timer) => !due.includes(timer));
    for (const timer of due) timer.call();
  }
}

export interface LogStore {
  readonly clock: TestClock;
  readonly database: Database;
  readonly buffer: LogBuffer;
  readonly upkeep: LogUpkeep;
  readonly reports: string[];
  /** A stream whose lines are kept as they are. */
  to(group: string, stream: string): LogStreamName;
  /** All events of a group, or what `query` asks for. */
  read(group: string, query?: Partial<EventQuery>): Promise<PageOfEvents>;
}

export async function openLogStore(t: TestContext, place?: StorePlace, options: Partial<LogBufferOptions> = {}): Promise<LogStore> {
  const clock = new TestClock();
  const fail = (error: unknown) => {
    throw error;
  };
  const store = await openStore(place ?? (await storePlace()), { clock, program: "0.0.0-test", onFatal: fail, onError: fail });
  const database = await store.logs();
  const reports: string[] = [];
  const buffer = new LogBuffer({ clock, database: () => store.logs(), report: (sentence) => reports.push(sentence), ...options });
  const upkeep = startLogUpkeep({ clock, database: () => store.logs(), onError: fail });
  t.after(async () => {
    await upkeep.close();
    await buffer.close();
    await store.close();
  });
  return {
    clock,
    database,
    buffer,
    upkeep,
    reports,
    to: (group, stream) => ({ account, region, group, stream, lineEnd: "" }),
    async read(group, query = {}) {
      await buffer.settle({ account, region, group });
      const row = await database.read(findGroup, { account, region, group });
      if (row === undefined) return { events: [], next: undefined };
      const all = {
        groupId: row.id,
        direction: "forward",
        fromMs: 0,
        toMs: Math.floor(Number.MAX_SAFE_INTEGER / 2),
        limit: 10_000,
      } as const;
      return readEvents(database, { ...all, ...query });
    },
  };
}
