// A process that is to be killed: opens the data directory, adds numbers from several producers at once, and notes each number in a file
// only after the store has acknowledged it. A dot on its output tells that one more was noted.
// Arguments: directory, file of acknowledgements, first number.

import { openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { claimDirectory } from "../../src/store/data-directory.ts";
import { addEntry } from "./ledger.procs.ts";
import { openLedger } from "./ledger.ts";

const [root = "", acknowledgements = "", first = "0"] = process.argv.slice(2);
const PRODUCERS = 32;

// What was written to a file outlives the process, however it ends; a pipe may be full.
const notes = openSync(acknowledgements, "a");

claimDirectory(root);
const database = await openLedger(join(root, "main.db"));
let next = Number(first);
await Promise.all(Array.from({ length: PRODUCERS }, produce));

async function produce(): Promise<void> {
  for (;;) {
    const n = next++;
    await database.run(addEntry, { n, note: "x".repeat(200) });
    writeSync(notes, `${n}\n`);
    process.stdout.write(".");
  }
}
