// Keeps the queues' tables small: messages beyond their retention, dedup ids beyond their five minutes, messages of queues that are gone.
// Any node may do it: portions of different nodes take different rows.

import type { Clock } from "../../lib/clock.ts";
import type { Database } from "../database.ts";
import { emptyQueue, expireMessages, forgetDedupIds, orphanedQueueIds, queueIds } from "./queues.procs.ts";

const INTERVAL_MS = 60_000;
const PORTION = 1_000;

/** Returns what ends it; a round under way is waited for. `onError` hears a failed round, the next one tries again. */
export function startQueueUpkeep(database: Database, clock: Clock, onError: (error: unknown) => void): () => Promise<void> {
  let work: Promise<void> = Promise.resolve();
  let cancel = () => {};
  let isOver = false;
  const schedule = () => {
    cancel = clock.at(clock.nowMs() + INTERVAL_MS, () => {
      work = keepQueues(database, () => isOver).catch(onError);
      schedule();
    });
  };
  schedule();
  return async () => {
    isOver = true;
    cancel();
    await work;
  };
}

export async function keepQueues(database: Database, isOver: () => boolean = () => false): Promise<void> {
  const nowMs = database.nowMs();
  const inPortions = async (act: () => Promise<number>) => {
    while (!isOver() && (await act()) === PORTION);
  };
  await inPortions(() => database.run(forgetDedupIds, { nowMs, limit: PORTION }));
  for (const queueId of await database.read(queueIds, null)) {
    await inPortions(() => database.run(expireMessages, { queueId, nowMs, limit: PORTION }));
  }
  for (const queueId of await database.read(orphanedQueueIds, null)) {
    await inPortions(() => database.run(emptyQueue, { queueId, nowMs, sentByMs: Number.MAX_SAFE_INTEGER, limit: PORTION }));
  }
}
