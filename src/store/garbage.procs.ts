// Statements about blobs that may have lost their last row.

import { blobColumns } from "./blob-columns.ts";
import { type Proc, proc, type Tx } from "./database.ts";

/** A deleted blob stays for this long: whoever has read its key may still be reading its bytes. */
const KEPT_MS = 3_600_000;
/** Keys per statement; shorter lists are padded so that there is one text to prepare. */
const KEYS_MAX = 100;

/** Part of the transaction that deletes the rows: the blobs go once nothing names them any more. */
export async function discardBlobs(tx: Tx, keys: readonly string[], nowMs: number): Promise<void> {
  const rows = keys.map((key) => [key, nowMs + KEPT_MS] as const);
  const columns = [["key", "text"] as const, ["due_at", "bigint"] as const];
  await tx.insertMany("blob_garbage", columns, rows, "ON CONFLICT (key) DO UPDATE SET due_at = excluded.due_at");
}

interface DueGarbage {
  /** No longer named by any row. */
  readonly unused: readonly string[];
  /** Named again since: no garbage. */
  readonly used: readonly string[];
}

export const dueGarbage: Proc<{ readonly nowMs: number; readonly limit: number }, DueGarbage> = proc(
  "store.garbage.due",
  async (tx, { nowMs, limit }) => {
    const rows = await tx.query<{ key: string }>("SELECT key FROM blob_garbage WHERE due_at <= $1 ORDER BY due_at LIMIT $2", [
      nowMs,
      limit,
    ]);
    const due = rows.map(({ key }) => key);
    const named = await namedAmong(tx, due, blobColumns);
    return { unused: due.filter((key) => !named.has(key)), used: due.filter((key) => named.has(key)) };
  },
);

export const forgetGarbage: Proc<readonly string[], void> = proc("store.garbage.forget", async (tx, keys) => {
  for (const key of keys) await tx.query("DELETE FROM blob_garbage WHERE key = $1", [key]);
});

/** Of `keys`, those that no row names and that do not wait to be removed: left by a process that died between blob and row. */
export const orphanedBlobs: Proc<readonly string[], readonly string[]> = proc("store.garbage.orphans", async (tx, keys) => {
  const known = await namedAmong(tx, keys, [...blobColumns, ["blob_garbage", "key"]]);
  return keys.filter((key) => !known.has(key));
});

async function namedAmong(tx: Tx, keys: readonly string[], columns: typeof blobColumns): Promise<ReadonlySet<string>> {
  const named = new Set<string>();
  for (let at = 0; at < keys.length; at += KEYS_MAX) {
    const some = keys.slice(at, at + KEYS_MAX);
    const padded = Array.from({ length: KEYS_MAX }, (_, index) => some[index] ?? some[0] ?? "");
    const places = padded.map((_, index) => `$${index + 1}`).join(", ");
    for (const [table, column] of columns) {
      const rows = await tx.query<{ key: string }>(`SELECT DISTINCT ${column} AS key FROM ${table} WHERE ${column} IN (${places})`, padded);
      for (const { key } of rows) named.add(key);
    }
  }
  return named;
}
