// A SQLite thread that knows the program's procs and the orders of the outbox test.

import { allProcs } from "../../src/procs.ts";
import { serveSqlite } from "../../src/store/dialects/sqlite-serve.ts";
import { migrations } from "../../src/store/migrations.ts";
import { placeOrder } from "./outbox.procs.ts";

serveSqlite(new Map([...allProcs(), [placeOrder.name, placeOrder]]), migrations);
