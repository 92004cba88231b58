// Nodes on one database must have one directory of blobs: a mark in it says to which database it belongs. A node that would not find the
// others' code is refused at its start.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keepSecret } from "../access/access.procs.ts";
import { PlatformError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import type { Database } from "../store/database.ts";

const FILE = "database-id";
const NAME = "blobs-database-id";

/** Throws PlatformError "blobs-not-shared". */
export async function checkBlobs(database: Database, directory: string, random: Random): Promise<void> {
  const found = await readFile(join(directory, FILE), "utf8").catch(() => undefined);
  const candidate = found ?? random.hex(16);
  const id = Buffer.from(await database.run(keepSecret, { name: NAME, candidate: Buffer.from(candidate) })).toString();
  if (id === found) return;
  if (found === undefined && id === candidate) return writeFile(join(directory, FILE), id);
  throw new PlatformError(
    "blobs-not-shared",
    `${directory} does not hold the code and objects of this database. Name the directory that all nodes share: --blobs DIR.`,
  );
}
