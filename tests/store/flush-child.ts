// A process whose flushes are counted from outside (Node's trace of file operations): adds so many numbers one after the other, and prints nothing.
// Arguments: file, "hard", "relaxed" or "leaning" (hard ones that find done what a relaxed one has just done), count.

import { addEntry, addMany, addRelaxed } from "./ledger.procs.ts";
import { openLedger } from "./ledger.ts";

const [file = "", kind = "hard", count = "0"] = process.argv.slice(2);
const database = await openLedger(file);
for (let n = 0; n < Number(count); n++) {
  await (kind === "hard" ? database.run(addEntry, { n }) : database.run(addRelaxed, n));
  if (kind === "leaning") await database.run(addMany, [[n, null]]);
}
await database.close();
