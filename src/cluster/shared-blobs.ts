// Nodes on one database must have one directory of blobs: a mark in it says to which database it belongs. A node that would not find the
// others' code is refused at its start.

import { keepSecret } from "../access/access.procs.ts";
import { PlatformError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import { BLOBS_OWNER, blobsOwner, giveBlobsTo } from "../store/blobs-owner.ts";
import type { Database } from "../store/database.ts";

/** Throws PlatformError "blobs-not-shared". */
export async function checkBlobs(database: Database, directory: string, random: Random): Promise<void> {
  const found = await blobsOwner(directory);
  const candidate = found ?? random.hex(16);
  const id = Buffer.from(await database.run(keepSecret, { name: BLOBS_OWNER, candidate: Buffer.from(candidate) })).toString();
  if (id === found) return;
  if (found === undefined && id === candidate) return giveBlobsTo(directory, id);
  throw new PlatformError(
    "blobs-not-shared",
    `${directory} does not hold the code and objects of this database. Name the directory that all nodes share: --blobs DIR.`,
  );
}
