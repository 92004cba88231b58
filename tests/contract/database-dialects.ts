// THE TABLE of databases that the contract is checked on.

import { join } from "node:path";
import type { TestContext } from "node:test";
import { systemClock } from "../../src/lib/clock.ts";
import { systemRandom } from "../../src/lib/random.ts";
import type { Database } from "../../src/store/database.ts";
import { openPostgres, type PostgresOptions } from "../../src/store/dialects/postgres.ts";
import { ledger } from "../store/ledger.procs.ts";
import { openLedger, temporaryDirectory } from "../store/ledger.ts";
import { emptyDatabase, withoutPostgres } from "./postgres-server.ts";

export interface DialectUnderTest {
  readonly skip: string | false;
  /** Opens an empty ledger and closes it after the test. */
  open(t: TestContext): Promise<Database>;
}

export const dialects: Readonly<Record<string, DialectUnderTest>> = {
  "SQLite file": { skip: false, open: (t) => closing(t, openLedger(join(temporaryDirectory(t), "ledger.db"))) },
  "SQLite in memory": { skip: false, open: (t) => closing(t, openLedger("memory")) },
  PostgreSQL: { skip: withoutPostgres, open: async (t) => closing(t, openPostgresLedger(await emptyDatabase())) },
};

export function openPostgresLedger(url: string, options: Partial<PostgresOptions> = {}): Promise<Database> {
  return openPostgres({ url, migrations: [ledger], program: "1.0.0", clock: systemClock, random: systemRandom, ...options });
}

export async function closing(t: TestContext, opening: Promise<Database>): Promise<Database> {
  const database = await opening;
  t.after(() => database.close());
  return database;
}
