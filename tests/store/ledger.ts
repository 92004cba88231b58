// Opens the ledger for a test and puts everything away after it.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../src/lib/clock.ts";
import type { Database, StoreError } from "../../src/store/database.ts";
import { openSqlite, type SqliteOptions } from "../../src/store/dialects/sqlite.ts";

export const ledgerEntry = fileURLToPath(new URL("./ledger-worker.ts", import.meta.url));
export const colourEntry = fileURLToPath(new URL("./ledger-colour-worker.ts", import.meta.url));
export const brokenEntry = fileURLToPath(new URL("./ledger-broken-worker.ts", import.meta.url));

export function temporaryDirectory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "lambent-test-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface LedgerOptions {
  readonly entry?: string;
  readonly program?: string;
  readonly onFatal?: (error: StoreError) => void;
  readonly backupDirectory?: string;
}

export async function openLedger(file: string, options: LedgerOptions = {}): Promise<Database> {
  const settings: SqliteOptions = {
    file,
    schema: "main",
    synchronous: "FULL",
    program: "1.0.0",
    clock: systemClock,
    entry: ledgerEntry,
    onFatal(error) {
      throw error;
    },
    ...options,
  };
  return openSqlite(settings);
}
