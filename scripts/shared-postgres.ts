// One PostgreSQL for a whole run of tests, and in it a database with the program's schema that others are made from: starting a server and
// migrating takes seconds, which a run would spend some hundred times.

import { systemClock } from "../src/lib/clock.ts";
import { openStore } from "../src/store/open.ts";
import { createDatabase, type PostgresServer, postgresPrograms, startPostgres } from "./postgres.ts";

/** What a test file finds in its environment when there is one. */
const ADDRESS = "TEST_POSTGRES";
const TEMPLATE = "TEST_POSTGRES_TEMPLATE";

export interface SharedPostgres {
  /** An empty database; its address. */
  empty(): Promise<string>;
  /** A database that the program has migrated; its address. */
  migrated(): Promise<string>;
  stop(): Promise<void>;
}

/** For every process that is started from now on; what ends it. Nothing when PostgreSQL is not installed. */
export async function sharePostgres(): Promise<() => Promise<void>> {
  if (postgresPrograms() === undefined) return async () => {};
  const server = await startForTests();
  process.env[ADDRESS] = server.url;
  process.env[TEMPLATE] = await makeTemplate(server);
  return () => server.stop();
}

/** The one that is shared with this process, else one of its own. */
export async function postgresHere(): Promise<SharedPostgres> {
  const { [ADDRESS]: url, [TEMPLATE]: template } = process.env;
  if (url !== undefined && template !== undefined) {
    return { empty: () => createDatabase(url), migrated: () => createDatabase(url, from(template)), stop: async () => {} };
  }
  const server = await startForTests();
  let made: Promise<string> | undefined;
  return {
    empty: () => server.createDatabase(),
    async migrated() {
      made ??= makeTemplate(server);
      return server.createDatabase(from(await made));
    },
    stop: () => server.stop(),
  };
}

/** The machine does not go down in these tests: nothing waits for its disk. */
function startForTests(): Promise<PostgresServer> {
  return startPostgres({ settings: { fsync: "off", full_page_writes: "off" } });
}

const from = (template: string) => `TEMPLATE ${template}`;

/** Its name. */
async function makeTemplate(server: PostgresServer): Promise<string> {
  const url = await server.createDatabase();
  const fail = (error: unknown) => {
    throw error;
  };
  const place = { memory: true, url } as const;
  await (await openStore(place, { clock: systemClock, program: "template", onFatal: fail, onError: fail })).close();
  return new URL(url).pathname.slice(1);
}
