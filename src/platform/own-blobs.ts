// Blobs belong to one database: a mark beside them says to which. Otherwise a node would not find the others' code, and a server would take
// another's blobs, which none of its rows names, for garbage.

import { setTimeout as delay } from "node:timers/promises";
import { findSecret, keepSecret } from "../access/access.procs.ts";
import { PlatformError } from "../lib/errors.ts";
import type { Random } from "../lib/random.ts";
import type { Blobs, BlobsMark } from "../store/blobs.ts";
import { BLOBS_OWNER } from "../store/blobs-owner.ts";
import type { Database } from "../store/database.ts";

/** Nodes that start at once on an empty place: one writes the mark a moment after it has drawn it. */
const WRITTEN_MS_MAX = 3_000;
const LOOK_MS = 100;

/** A new database takes a new place; it never takes over one that has a mark. Throws PlatformError "blobs-not-shared". */
export async function ownBlobs(database: Database, { mark }: Pick<Blobs, "mark">, random: Random): Promise<void> {
  const found = (await mark.read()) ?? (await markNew(database, mark, random));
  const id = await database.read(findSecret, BLOBS_OWNER);
  if (found !== undefined && id !== undefined && Buffer.from(id).toString() === found) return;
  throw new PlatformError(
    "blobs-not-shared",
    `${mark.place} does not hold the code and objects of this database. Name the directory or bucket that belongs to it: --blobs.`,
  );
}

/** The mark that is there then, whoever has written it; undefined when this database has, or may have, its blobs elsewhere. */
async function markNew(database: Database, mark: BlobsMark, random: Random): Promise<string | undefined> {
  const candidate = random.hex(16);
  const id = Buffer.from(await database.run(keepSecret, { name: BLOBS_OWNER, candidate: Buffer.from(candidate) })).toString();
  if (id === candidate) await mark.write(id);
  let found = await mark.read();
  for (const untilMs = performance.now() + WRITTEN_MS_MAX; found === undefined && performance.now() < untilMs; found = await mark.read())
    await delay(LOOK_MS);
  return found;
}
