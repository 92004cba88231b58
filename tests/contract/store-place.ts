// Where the service suites keep their rows: in memory, or with TEST_STORE=postgres in an empty PostgreSQL database each.

import type { StorePlace } from "../../src/store/open.ts";
import { emptyDatabase } from "./postgres-server.ts";

export async function storePlace(): Promise<StorePlace> {
  return process.env["TEST_STORE"] === "postgres" ? { memory: true, url: await emptyDatabase() } : { memory: true };
}
