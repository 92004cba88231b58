// Where the blobs of a server or of a backup are, opened beside servers that run: nothing of theirs is touched.

import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "../../lib/random.ts";
import type { Blobs } from "../blobs.ts";
import { blobFile, openFileBlobs } from "../blobs-files.ts";
import { StoreError } from "../database.ts";
import type { BlobsPlace } from "../open.ts";

export interface BlobSource {
  /** For messages. */
  readonly place: string;
  /** Hands the bytes to `take`. undefined: there is no such blob. */
  read<T>(key: string, take: (bytes: AsyncIterable<Uint8Array>) => Promise<T>): Promise<T | undefined>;
  close(): Promise<void>;
}

/** Restored ones come here. */
export interface NewBlobs {
  readonly blobs: Blobs;
  close(): Promise<void>;
}

/** The directory may be on a disk that cannot be written. */
export function filesIn(directory: string): BlobSource {
  return {
    place: directory,
    async read(key, take) {
      const path = blobFile(directory, key);
      const isThere = await stat(path).then(
        () => true,
        (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? false : Promise.reject(error)),
      );
      return isThere ? take(createReadStream(path)) : undefined;
    },
    close: async () => {},
  };
}

/** `own` is where they are unless `place` names another. Throws PlatformError when a bucket cannot be used. */
export async function openSource(place: BlobsPlace | undefined, own: string): Promise<BlobSource> {
  if (place === undefined || "directory" in place) return filesIn(place?.directory ?? own);
  const { blobs, close } = await openNew(place, own);
  return {
    place: blobs.mark.place,
    async read(key, take) {
      let bytes: AsyncIterable<Uint8Array>;
      try {
        bytes = await blobs.get(key);
      } catch (error) {
        if (error instanceof StoreError && error.code === "unavailable" && error.cause === undefined) return undefined;
        throw error;
      }
      return take(bytes);
    },
    close,
  };
}

/** The same for writing. */
export async function openNew(place: BlobsPlace | undefined, own: string): Promise<NewBlobs> {
  if (place === undefined) return { blobs: await openFileBlobs(own, { flush: true }), close: async () => {} };
  if ("directory" in place) return { blobs: await openFileBlobs(place.directory, { flush: true, shared: true }), close: async () => {} };
  const { openS3Blobs } = await import("../blobs-s3.ts");
  const temporary = await mkdtemp(join(tmpdir(), "lambent-blobs-"));
  const close = () => rm(temporary, { recursive: true, force: true });
  try {
    const cacheDirectory = join(temporary, "cache");
    return { blobs: await openS3Blobs({ place: place.bucket, variables: place.variables, cacheDirectory, random: systemRandom }), close };
  } catch (error) {
    await close();
    throw error;
  }
}
