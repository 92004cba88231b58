// Removes the bytes of blobs that no row names any more: once for what a dead predecessor left, then at intervals.

import type { Clock } from "../lib/clock.ts";
import type { Blobs } from "./blobs.ts";
import type { Database } from "./database.ts";
import { dueGarbage, forgetGarbage, orphanedBlobs } from "./garbage.procs.ts";

const FIRST_MS = 60_000;
const INTERVAL_MS = 10 * 60_000;
const BATCH = 100;

/** Returns what ends it; a round under way is waited for. `onError` hears a failed round, the next one tries again. */
export function startGarbageCollection(
  database: Database,
  blobs: Blobs,
  clock: Clock,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let work: Promise<void> = Promise.resolve();
  let cancel = () => {};
  const after = (delayMs: number, act: () => Promise<void>) => {
    cancel = clock.at(clock.nowMs() + delayMs, () => {
      work = act().catch(onError);
      after(INTERVAL_MS, () => collectGarbage(database, blobs));
    });
  };
  after(FIRST_MS, () => sweepOrphans(database, blobs));
  return async () => {
    cancel();
    await work;
  };
}

/** The file goes before its garbage row: a process that dies between them deletes once more, which is harmless. */
export async function collectGarbage(database: Database, blobs: Blobs): Promise<void> {
  for (;;) {
    const { unused, used } = await database.read(dueGarbage, { nowMs: database.nowMs(), limit: BATCH });
    const gone = await blobs.delete(unused);
    if (used.length + gone.length > 0) await database.run(forgetGarbage, [...used, ...gone]);
    if (gone.length < unused.length || used.length + unused.length < BATCH) return;
  }
}

/** Blobs put since the start are safe: they are too young to be deleted. */
export async function sweepOrphans(database: Database, blobs: Blobs): Promise<void> {
  for await (const keys of blobs.keys()) {
    await blobs.delete(await database.read(orphanedBlobs, keys));
  }
}
