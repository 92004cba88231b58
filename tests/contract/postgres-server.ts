// One PostgreSQL for the tests of a file, started when the first of them asks, gone after the last. Several files may share one: TEST_POSTGRES
// is its address then.

import { after, type TestContext } from "node:test";
import {
  createDatabase,
  type PostgresServer,
  type PostgresServerOptions,
  postgresPrograms,
  startPostgres,
} from "../../scripts/postgres.ts";
import { connect } from "../../src/store/dialects/postgres-connection.ts";

let started: Promise<PostgresServer> | undefined;

after(async () => (await started)?.stop());

/** For `skip`: false, or why there are no tests on PostgreSQL. */
export const withoutPostgres = postgresPrograms() === undefined ? "PostgreSQL is not installed: apt-get install postgresql" : false;

/** One of this file's own, for tests that kill it or set it up otherwise. */
export async function ownPostgres(t: TestContext, options?: PostgresServerOptions): Promise<PostgresServer> {
  const server = await startPostgres(options);
  t.after(() => server.stop());
  return server;
}

/** Runs statements without parameters, past the store. */
export async function sql(url: string, ...statements: string[]): Promise<void> {
  const connection = await connect(url);
  for (const statement of statements) await connection.query(statement);
  await connection.close();
}

/** The address of an empty database. */
export async function emptyDatabase(): Promise<string> {
  const shared = process.env["TEST_POSTGRES"];
  if (shared !== undefined) return createDatabase(shared);
  started ??= startPostgres();
  return (await started).createDatabase();
}
