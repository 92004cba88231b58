// To which database blobs belong: the same text stands beside them, in a file of the directory or an object of the bucket, and, as a secret
// of this name, in a row.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Of the file or the object. */
export const OWNER_NAME = "database-id";
export const BLOBS_OWNER = "blobs-database-id";

/** Undefined: to none yet. */
export async function blobsOwner(directory: string): Promise<string | undefined> {
  return readFile(join(directory, OWNER_NAME), "utf8").catch(() => undefined);
}

export async function giveBlobsTo(directory: string, owner: string): Promise<void> {
  await writeFile(join(directory, OWNER_NAME), owner);
}
