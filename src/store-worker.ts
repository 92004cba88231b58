// The entry of a SQLite thread: serves the procs by name. A second entry like main.ts; store/dialects/ starts it and speaks to it.

import { findOwnImports } from "./lib/own-imports.ts";

findOwnImports();
const { allProcs } = await import("./procs.ts");
const { serveSqlite } = await import("./store/dialects/sqlite-serve.ts");
const { migrations } = await import("./store/migrations.ts");

serveSqlite(allProcs(), migrations);
