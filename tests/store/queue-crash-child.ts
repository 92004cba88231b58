// A process that is to be killed: sends and removes messages from several sides at once, and notes what the store has acknowledged.
// Lines of the note: "s" sent, "t" about to be removed, "r" removed. Arguments: place as JSON, queue id, first number, file of the note.

import { openSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../src/lib/clock.ts";
import { openStore, type StorePlace } from "../../src/store/open.ts";

const [place = "", queue = "", first = "0", noteFile = ""] = process.argv.slice(2);
const fail = (error: unknown) => {
  throw error;
};
const options = { clock: systemClock, program: "1.0.0", onFatal: fail, onError: () => {} };
const { queues } = await openStore(JSON.parse(place) as StorePlace, options);
const queueId = Number(queue);
const file = openSync(noteFile, "a");
const note = (what: "s" | "t" | "r", body: string) => writeSync(file, `${what} ${body}\n`);
let next = Number(first);

await Promise.all([...Array.from({ length: 12 }, produce), ...Array.from({ length: 4 }, consume)]);

async function produce(): Promise<void> {
  for (;;) {
    const body = String(next++);
    await overLosses(async () => {
      await queues.send(queueId, [{ body }]);
      note("s", body);
    });
  }
}

async function consume(): Promise<void> {
  for (;;) {
    await overLosses(async () => {
      const messages = await queues.receive(queueId, { max: 5, waitMs: 1_000 });
      for (const { body } of messages) note("t", body);
      const removed = await queues.remove(queueId, messages);
      for (const [index, { body }] of messages.entries()) if (removed[index]) note("r", body);
    });
  }
}

/** The database may be killed instead of us: whatever was not acknowledged is not noted. */
async function overLosses(act: () => Promise<void>): Promise<void> {
  await act().catch(() => delay(20));
}
