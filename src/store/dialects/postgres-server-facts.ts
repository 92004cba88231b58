// What a PostgreSQL server must be for lambent's rows, and how its database is named to people.

import { PlatformError } from "../../lib/errors.ts";
import type { Connection } from "./postgres-connection.ts";

const VERSION_MIN = 15;

/** Without user and password. */
export function placeOf(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null)
    throw new PlatformError("store-unusable", "The address after --store is no postgres://USER:PASSWORD@HOST:PORT/DATABASE.");
  return `The database postgres://${parsed.host}${parsed.pathname}`;
}

interface ServerFacts {
  readonly version: number;
  readonly encoding: string;
  readonly read_only: string;
}

/** Throws PlatformError "store-unusable". */
export async function refuseUnusable(connection: Connection, where: string): Promise<void> {
  const [facts] = await connection.query<ServerFacts>(
    `SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding,
       current_setting('transaction_read_only') AS read_only`,
  );
  const { version, encoding, read_only } = facts!; // one row by its nature
  const major = Math.floor(Number(version) / 10_000);
  if (major < VERSION_MIN) throw unusable(`${where} is PostgreSQL ${major}; lambent needs ${VERSION_MIN} or newer.`);
  if (encoding !== "UTF8")
    throw unusable(`${where} is encoded in ${encoding}; lambent needs one in UTF8 (createdb -E UTF8 -T template0 NAME).`);
  if (read_only === "on") throw unusable(`${where} takes no writes: it is a standby, or set read-only. Name the primary after --store.`);
}

function unusable(message: string): PlatformError {
  return new PlatformError("store-unusable", message);
}
