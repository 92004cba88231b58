// A SQLite thread of a program whose next schema change fails half-way.

import { serveSqlite } from "../../src/store/dialects/sqlite-serve.ts";
import { gatherProcs } from "../../src/store/proc-table.ts";
import * as procs from "./ledger.procs.ts";

const broken = { ...procs.ledgerColour, up: () => ["ALTER TABLE entry ADD COLUMN colour text", "ALTER TABLE absent ADD COLUMN x text"] };

serveSqlite(gatherProcs([procs]), [procs.ledger, broken]);
