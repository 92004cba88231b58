// Puts events into the directory of its first argument for ever, and says the number of each after its commit. Killed by log-crash.test.ts.

import { systemClock } from "../../src/lib/clock.ts";
import { LogBuffer } from "../../src/observe/log-buffer.ts";
import { openStore } from "../../src/store/open.ts";
import { account, region } from "./log-store.ts";

const fail = (error: unknown) => {
  throw error;
};
const store = await openStore(
  { dataDirectory: process.argv[2]! },
  { clock: systemClock, program: "0.0.0-test", onFatal: fail, onError: fail },
);
const buffer = new LogBuffer({ clock: systemClock, database: () => store.logs(), report: fail });
for (let i = 0; ; i++) {
  await buffer.put({ account, region, group: "g", stream: "s" }, [{ timestampMs: Date.now(), message: String(i) }]);
  process.stdout.write(`${i}\n`);
}
