// Nodes on one database must have one directory of blobs: a mark in it says to which database it belongs. A node that would not find the
// others' code is refused at its start.

import { setTimeout as delay } from "node:timers/promises";
import { keepSecret } from "../access/access.procs.ts";
import { PlatformError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import { BLOBS_OWNER, blobsOwner, giveBlobsTo } from "../store/blobs-owner.ts";
import type { Database } from "../store/database.ts";

/** Nodes that start at once on an empty directory: one writes the mark a moment after it has drawn it. */
const WRITTEN_MS_MAX = 3_000;
const LOOK_MS = 100;

/** Throws PlatformError "blobs-not-shared". */
export async function checkBlobs(database: Database, directory: string, random: Random): Promise<void> {
  const found = (await blobsOwner(directory)) || undefined; // empty: it is just being written
  const candidate = found ?? random.hex(16);
  const id = Buffer.from(await database.run(keepSecret, { name: BLOBS_OWNER, candidate: Buffer.from(candidate) })).toString();
  if (id === found) return;
  if (found === undefined && id === candidate) return giveBlobsTo(directory, id);
  if (found === undefined && (await isWritten(directory, id))) return;
  throw new PlatformError(
    "blobs-not-shared",
    `${directory} does not hold the code and objects of this database. Name the directory that all nodes share: --blobs DIR.`,
  );
}

async function isWritten(directory: string, id: string): Promise<boolean> {
  for (const untilMs = performance.now() + WRITTEN_MS_MAX; performance.now() < untilMs; await delay(LOOK_MS))
    if ((await blobsOwner(directory)) === id) return true;
  return false;
}
