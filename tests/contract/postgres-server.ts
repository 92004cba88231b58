// One PostgreSQL for the tests of a file, started when the first of them asks, gone after the last. Several files may share one: TEST_POSTGRES
// is its address then.

import { after } from "node:test";
import { createDatabase, type PostgresServer, postgresPrograms, startPostgres } from "../../scripts/postgres.ts";

let started: Promise<PostgresServer> | undefined;

after(async () => (await started)?.stop());

/** For `skip`: false, or why there are no tests on PostgreSQL. */
export const withoutPostgres = postgresPrograms() === undefined ? "PostgreSQL is not installed: apt-get install postgresql" : false;

/** The address of an empty database. */
export async function emptyDatabase(): Promise<string> {
  const shared = process.env["TEST_POSTGRES"];
  if (shared !== undefined) return createDatabase(shared);
  started ??= startPostgres();
  return (await started).createDatabase();
}
