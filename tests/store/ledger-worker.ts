// A SQLite thread that serves the ledger.

import { serveSqlite } from "../../src/store/dialects/sqlite-serve.ts";
import { gatherProcs } from "../../src/store/proc-table.ts";
import * as procs from "./ledger.procs.ts";

serveSqlite(gatherProcs([procs]), [procs.ledger]);
