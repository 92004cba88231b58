// Blobs as files named by the SHA-256 of their bytes. A blob appears whole or not at all: written aside, flushed, renamed, directory flushed.
// Discipline: one process owns the directory (data-directory.ts), or several nodes share it (--blobs) and go by the age of files. Putting and deleting the same key exclude each other; a key that was put
// a moment ago is not deleted, since the row that will name it may not be written yet.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PlatformError } from "../lib/errors.ts";
import { systemRandom } from "../lib/random.ts";
import { type BlobRef, type Blobs, type BlobsMark, YOUNG_MS } from "./blobs.ts";
import { blobsOwner, giveBlobsTo } from "./blobs-owner.ts";
import { StoreError } from "./database.ts";

/** What is hashed at once on the event loop: about 0.2 ms. */
const SLICE_BYTES = 256 * 1024;
/** A half-written file of a shared directory is somebody's for this long. */
const ABANDONED_AFTER_MS = 86_400_000;

export interface FileBlobsOptions {
  /** False where a power failure may take everything anyway (--memory). */
  readonly flush: boolean;
  /** Other nodes use the same directory, on a file system that all of them reach. */
  readonly shared?: boolean;
  /** How long what was put is not deleted; default YOUNG_MS. */
  readonly youngMs?: number;
}

/** Removes what a killed predecessor left half-written. */
export async function openFileBlobs(root: string, options: FileBlobsOptions): Promise<Blobs> {
  const incoming = join(root, "incoming");
  if (options.shared) await removeAbandoned(incoming);
  else await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  return new FileBlobs(root, options);
}

async function removeAbandoned(incoming: string): Promise<void> {
  const beforeMs = Date.now() - ABANDONED_AFTER_MS;
  for (const name of await readdir(incoming).catch(() => [])) {
    const path = join(incoming, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < beforeMs) await rm(path, { force: true });
  }
}

class FileBlobs implements Blobs {
  readonly #root: string;
  readonly #flush: boolean;
  readonly #isShared: boolean;
  readonly #youngMs: number;
  /** Key → until when it may not be deleted (performance.now()); oldest first. */
  readonly #young = new Map<string, number>();
  readonly #deleting = new Map<string, Promise<void>>();

  constructor(root: string, { flush, shared = false, youngMs = YOUNG_MS }: FileBlobsOptions) {
    this.#root = root;
    this.#flush = flush;
    this.#isShared = shared;
    this.#youngMs = youngMs;
  }

  async put(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<BlobRef> {
    const aside = join(this.#root, "incoming", systemRandom.hex(16));
    try {
      const ref = await this.#write(aside, data);
      this.#protect(ref.key);
      await this.#deleting.get(ref.key);
      await this.#place(aside, this.#pathOf(ref.key));
      return ref;
    } catch (error) {
      await rm(aside, { force: true });
      throw asStoreError(error);
    }
  }

  async get(key: string, range?: { readonly start: number; readonly end?: number }): Promise<AsyncIterable<Uint8Array>> {
    const path = await this.file(key);
    return range === undefined ? readWhole(path, key) : readRange(path, range);
  }

  async file(key: string): Promise<string> {
    const path = this.#pathOf(key);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined) throw new StoreError("unavailable", `there is no blob ${key}`);
    return path;
  }

  async delete(keys: readonly string[]): Promise<readonly string[]> {
    const gone: string[] = [];
    for (const key of keys) {
      if (this.#isYoung(key)) continue;
      const removal = this.#remove(this.#pathOf(key)).finally(() => this.#deleting.delete(key));
      this.#deleting.set(
        key,
        removal.then(() => {}),
      );
      if (await removal) gone.push(key);
    }
    return gone;
  }

  get mark(): BlobsMark {
    return {
      place: this.#root,
      read: async () => (await blobsOwner(this.#root)) || undefined, // empty: it is just being written
      write: (id) => giveBlobsTo(this.#root, id),
    };
  }

  async *keys(): AsyncGenerator<readonly string[]> {
    for (const shard of await readdir(this.#root)) {
      if (/^[0-9a-f]{2}$/.test(shard)) yield await readdir(join(this.#root, shard));
    }
  }

  async #write(path: string, data: Uint8Array | AsyncIterable<Uint8Array>): Promise<BlobRef> {
    const hash = createHash("sha256");
    let size = 0;
    const file = await open(path, "wx", 0o600);
    try {
      for await (const slice of slices(data)) {
        hash.update(slice);
        size += slice.byteLength;
        await writeWhole(file, slice);
      }
      if (this.#flush) await file.sync();
    } finally {
      await file.close();
    }
    const sha256 = hash.digest("hex");
    return { key: sha256, size, sha256 };
  }

  async #place(aside: string, path: string): Promise<void> {
    const directory = dirname(path);
    const made = await mkdir(directory, { recursive: true, mode: 0o700 });
    await rename(aside, path);
    if (!this.#flush) return;
    await flushDirectory(directory);
    if (made !== undefined) await flushDirectory(this.#root);
  }

  /** False: another node has put it a moment ago, it stays. It is moved aside before its age is looked at: nobody renews it in between. */
  async #remove(path: string): Promise<boolean> {
    if (!this.#isShared) {
      await rm(path, { force: true });
      return true;
    }
    const aside = join(this.#root, "incoming", systemRandom.hex(16));
    try {
      await rename(path, aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
      throw error;
    }
    const isYoung = (await stat(aside)).mtimeMs > Date.now() - this.#youngMs;
    if (isYoung) await rename(aside, path);
    else await rm(aside, { force: true });
    return !isYoung;
  }

  #protect(key: string): void {
    const nowMs = performance.now();
    this.#young.delete(key);
    this.#young.set(key, nowMs + this.#youngMs);
    for (const [old, untilMs] of this.#young) {
      if (untilMs > nowMs) break;
      this.#young.delete(old);
    }
  }

  #isYoung(key: string): boolean {
    return (this.#young.get(key) ?? 0) > performance.now();
  }

  #pathOf(key: string): string {
    return blobFile(this.#root, key);
  }
}

/** Where the blob is below its directory, if it is there. */
export function blobFile(root: string, key: string): string {
  if (!/^[0-9a-f]{64}$/.test(key)) throw new StoreError("bug", `${JSON.stringify(key)} is no blob key`);
  return join(root, key.slice(0, 2), key);
}

async function* slices(data: Uint8Array | AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of data instanceof Uint8Array ? [data] : data) {
    for (let at = 0; at < chunk.byteLength; at += SLICE_BYTES) yield chunk.subarray(at, at + SLICE_BYTES);
  }
}

async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) {
    const { bytesWritten } = await file.write(bytes, at);
    at += bytesWritten;
  }
}

export async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Bytes that a disk has changed are told from those that were put, at the end. */
async function* readWhole(path: string, key: string): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256");
  for await (const chunk of readRange(path, { start: 0 })) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== key) throw damaged(path);
}

export function damaged(place: string): PlatformError {
  return new PlatformError("blob-damaged", `${place} does not hold the bytes that were put there: their SHA-256 is another.`);
}

/** The file is opened when somebody reads, so a forgotten iterable holds no descriptor. */
async function* readRange(path: string, range: { readonly start: number; readonly end?: number }): AsyncGenerator<Uint8Array> {
  if (range.end !== undefined && range.end <= range.start) return;
  const last = range.end === undefined ? {} : { end: range.end - 1 };
  yield* createReadStream(path, { start: range.start, ...last }) as AsyncIterable<Uint8Array>;
}

function asStoreError(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const isDisk = code === "ENOSPC" || code === "EDQUOT" || code === "EIO" || code === "EROFS";
  return isDisk ? new StoreError("unavailable", `a blob could not be written: ${(error as Error).message}`, { cause: error }) : error;
}
