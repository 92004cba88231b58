// Copies blobs between a store and a backup. Their names are the hashes of their bytes, so a copy that has another name tells of damage.

import type { Blobs } from "../blobs.ts";
import { StoreError } from "../database.ts";
import type { BlobSource } from "./blob-places.ts";
import type { SavedBlob } from "./manifest.ts";

/** Each waits for a flush of the disk. */
const COPIES_AT_ONCE = 8;

export interface BlobCopies {
  readonly keys: readonly string[];
  readonly from: BlobSource;
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
  const copied = await from.read(key, (bytes) => to.put(bytes));
  if (copied === undefined) throw broken(key, new StoreError("unavailable", `there is no blob ${key}`));
  if (copied.key !== key) throw broken(key);
  onCopy({ key, bytes: copied.size });
}
