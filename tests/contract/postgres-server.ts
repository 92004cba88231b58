// PostgreSQL for the tests of a file: the run's own server, else one that starts when the first of them asks and is gone after the last.

import { after, type TestContext } from "node:test";
import { type PostgresServer, type PostgresServerOptions, postgresPrograms, startPostgres } from "../../scripts/postgres.ts";
import { postgresHere, type SharedPostgres } from "../../scripts/shared-postgres.ts";
import { connect } from "../../src/store/dialects/postgres-connection.ts";

let started: Promise<SharedPostgres> | undefined;

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
  return (await here()).empty();
}

/** The address of a database with the program's schema and nothing else. */
export async function migratedDatabase(): Promise<string> {
  return (await here()).migrated();
}

function here(): Promise<SharedPostgres> {
  started ??= postgresHere();
  return started;
}
