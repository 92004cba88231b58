// Opens the store, with the clock it goes by. It is the first thing that a start does: its thread takes as long as it takes to read most other files.

import type { Config } from "../config.ts";
import { systemClock as clock } from "../lib/clock.ts";
import { readingsOf, SteadyClock } from "../lib/steady-clock.ts";
import type { Operator } from "../operator.ts";
import { openStore, type Store } from "../store/open.ts";
import { followTimeMark } from "../store/time-mark.ts";
import type { OnEnd } from "./parts.ts";

export async function startStore(config: Config, operator: Operator, onEnd: OnEnd): Promise<Store> {
  const isAlone = config.storeUrl === undefined;
  const steady = new SteadyClock(readingsOf(clock), { comesTogether: isAlone, onStep: (byMs) => noteStep(operator, byMs) });
  const opening = openIn(config, operator, steady);
  onEnd(async () => (await opening.catch(() => undefined))?.close());
  const store = await opening;
  if (isAlone && config.dataDirectory !== undefined) {
    const endMarks = followTimeMark(store.directories.root, steady);
    onEnd(async () => endMarks());
  }
  return store;
}

/** Queues, leases and asynchronous invocations do not follow at once. */
function noteStep(operator: Operator, byMs: number): void {
  const seconds = Math.round(Math.abs(byMs) / 1_000);
  operator.note(
    `This machine's clock was set ${byMs > 0 ? "forward" : "back"} by ${seconds} s. Messages, leases and retries go on by the time that really passes.`,
  );
}

function openIn(config: Config, operator: Operator, steady: SteadyClock): Promise<Store> {
  const directory = config.dataDirectory === undefined ? ({ memory: true } as const) : { dataDirectory: config.dataDirectory };
  return openStore(
    { ...directory, url: config.storeUrl, blobs: config.blobs },
    {
      clock: steady,
      program: operator.version,
      onFatal: (error) => operator.fatal("The store cannot be trusted any more", error),
      onError: (error) => operator.warn("The store failed in the background", error),
      keepsHouse: config.cluster.roles.has("scheduler"),
    },
  );
}
