// Where the service suites keep their rows: in memory, or with TEST_STORE=postgres in a PostgreSQL database each.

import type { StorePlace } from "../../src/store/open.ts";
import { migratedDatabase } from "./postgres-server.ts";

export async function storePlace(): Promise<StorePlace> {
  return process.env["TEST_STORE"] === "postgres" ? { memory: true, url: await migratedDatabase() } : { memory: true };
}
