// A process that is to be killed: opens the data directory, adds numbers from several producers at once, and says each number on its
// output only after the store has acknowledged it.
// Arguments: directory, first number.

import { writeSync } from "node:fs";
import { join } from "node:path";
import { claimDirectory } from "../../src/store/data-directory.ts";
import { addEntry } from "./ledger.procs.ts";
import { openLedger } from "./ledger.ts";

const [root = "", first = "0"] = process.argv.slice(2);
const PRODUCERS = 32;

claimDirectory(root);
const database = await openLedger(join(root, "main.db"));
let next = Number(first);
await Promise.all(Array.from({ length: PRODUCERS }, produce));

async function produce(): Promise<void> {
  for (;;) {
    const n = next++;
    await database.run(addEntry, { n, note: "x".repeat(200) });
    writeSync(1, `${n}\n`);
  }
}
