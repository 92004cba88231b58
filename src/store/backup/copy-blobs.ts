// Copies blobs between a store and a backup. Their names are the hashes of their bytes, so a copy that has another name tells of damage.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Blobs } from "../blobs.ts";
import { blobFile } from "../blobs-files.ts";
import type { SavedBlob } from "./manifest.ts";

/** Each waits for a flush of the disk. */
const COPIES_AT_ONCE = 8;

export interface BlobCopies {
  readonly keys: readonly string[];
  readonly from: string;
  readonly to: Blobs;
  onCopy(blob: SavedBlob): void;
  readonly signal: AbortSignal;
  /** What to throw for one that is not there, or not what its name says. */
  broken(key: string, cause?: unknown): Error;
}

/** Every copy is on disk when it resolves. The first failure ends it, when what is under way has ended. */
export async function copyBlobs(copies: BlobCopies): Promise<void> {
  const waiting = copies.keys.values();
  let failure: { readonly error: unknown } | undefined;
  const work = async () => {
    for (const key of waiting) {
      if (failure !== undefined || copies.signal.aborted) return;
      await copy(key, copies).catch((error: unknown) => {
        failure ??= { error };
      });
    }
  };
  await Promise.all(Array.from({ length: COPIES_AT_ONCE }, work));
  if (failure !== undefined) throw failure.error;
  copies.signal.throwIfAborted();
}

async function copy(key: string, { from, to, onCopy, broken }: BlobCopies): Promise<void> {
  const path = blobFile(from, key);
  await stat(path).catch((error: unknown) => {
    throw broken(key, error);
  });
  const { key: copied, size } = await to.put(createReadStream(path));
  if (copied !== key) throw broken(key);
  onCopy({ key, bytes: size });
}
