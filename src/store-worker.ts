// The entry of a SQLite thread: serves the procs by name. A second entry like main.ts; store/dialects/ starts it and speaks to it.

import { allProcs } from "./procs.ts";
import { serveSqlite } from "./store/dialects/sqlite-serve.ts";
import { migrations } from "./store/migrations.ts";

serveSqlite(allProcs(), migrations);
