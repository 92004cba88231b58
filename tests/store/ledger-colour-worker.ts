// A SQLite thread of a later program, which knows one more schema of the ledger.

import { serveSqlite } from "../../src/store/dialects/sqlite-serve.ts";
import { gatherProcs } from "../../src/store/proc-table.ts";
import * as procs from "./ledger.procs.ts";

serveSqlite(gatherProcs([procs]), [procs.ledger, procs.ledgerColour]);
