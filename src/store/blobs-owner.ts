// To which database a directory of blobs belongs: the same text stands in a file of the directory and, as a secret of this name, in a row.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const FILE = "database-id";
export const BLOBS_OWNER = "blobs-database-id";

/** Undefined: to none yet. */
export async function blobsOwner(directory: string): Promise<string | undefined> {
  return readFile(join(directory, FILE), "utf8").catch(() => undefined);
}

export async function giveBlobsTo(directory: string, owner: string): Promise<void> {
  await writeFile(join(directory, FILE), owner);
}
