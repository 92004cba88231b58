// THE TABLE of databases that the contract is checked on.

import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Database } from "../../src/store/database.ts";
import { openLedger, temporaryDirectory } from "../store/ledger.ts";

/** Each opens an empty ledger and closes it after the test. */
export const dialects: Readonly<Record<string, (t: TestContext) => Promise<Database>>> = {
  "SQLite file": (t) => closing(t, openLedger(join(temporaryDirectory(t), "ledger.db"))),
  "SQLite in memory": (t) => closing(t, openLedger("memory")),
};

async function closing(t: TestContext, opening: Promise<Database>): Promise<Database> {
  const database = await opening;
  t.after(() => database.close());
  return database;
}
