// THE TABLE of stores with the program's own schema that queues and permits are checked on.

import type { TestContext } from "node:test";
import { type Clock, systemClock } from "../../src/lib/clock.ts";
import { openStore, type Store, type StorePlace } from "../../src/store/open.ts";
import { migratedDatabase, withoutPostgres } from "./postgres-server.ts";

export interface StoreUnderTest {
  readonly skip: string | false;
  /** A place that nobody has used. */
  place(): Promise<StorePlace>;
  /** Several stores may be opened in one place at once. */
  readonly hasNodes: boolean;
}

export const stores: Readonly<Record<string, StoreUnderTest>> = {
  SQLite: { skip: false, hasNodes: false, place: async () => ({ memory: true }) },
  PostgreSQL: { skip: withoutPostgres, hasNodes: true, place: async () => ({ memory: true, url: await migratedDatabase() }) },
};

export function openAt(place: StorePlace, clock: Clock = systemClock): Promise<Store> {
  const fail = (error: unknown) => {
    throw error;
  };
  return openStore(place, { clock, program: "1.0.0", onFatal: fail, onError: fail });
}

/** Closed after the test. */
export async function openIn(t: TestContext, place: StorePlace, clock?: Clock): Promise<Store> {
  const store = await openAt(place, clock);
  t.after(() => store.close());
  return store;
}
