// Blobs that live elsewhere, as files of this machine for as long as there is room: those used last stay. Empty at every start, so that
// nothing is trusted that a crash of the machine may have cut short.

import { mkdir, rm } from "node:fs/promises";
import type { BlobRef, Blobs } from "./blobs.ts";
import { openFileBlobs } from "./blobs-files.ts";

/** Code is unpacked once per node and kept so: of its packages it is enough to keep the last ones. */
const CACHE_BYTES_MAX = 1024 * 1024 * 1024;
/** Whoever was told a path has opened its file by then. */
const HELD_MS = 60_000;

interface Entry {
  readonly size: number;
  /** performance.now() */
  readonly usedMs: number;
}

export class BlobCache {
  readonly #files: Blobs;
  readonly #bytesMax: number;
  /** Those used last are last. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  private constructor(files: Blobs, bytesMax: number) {
    this.#files = files;
    this.#bytesMax = bytesMax;
  }

  static async open(directory: string, bytesMax = CACHE_BYTES_MAX): Promise<BlobCache> {
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new BlobCache(await openFileBlobs(directory, { flush: false, youngMs: HELD_MS }), bytesMax);
  }

  /** The reference tells what has come: the caller compares. Throws StoreError when the disk is full. */
  async add(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<BlobRef> {
    const ref = await this.#files.put(data);
    this.#use(ref.key, ref.size);
    await this.#makeRoom();
    return ref;
  }

  /** The path of its file; undefined: it is not here. */
  async find(key: string): Promise<string | undefined> {
    const path = await this.#files.file(key).catch(() => undefined);
    const entry = this.#entries.get(key);
    if (path !== undefined && entry !== undefined) this.#use(key, entry.size);
    return path;
  }

  /** Of one that has just been found. */
  read(key: string, range?: { readonly start: number; readonly end?: number }): Promise<AsyncIterable<Uint8Array>> {
    return this.#files.get(key, range);
  }

  #use(key: string, size: number): void {
    if (!this.#entries.delete(key)) this.#bytes += size;
    this.#entries.set(key, { size, usedMs: performance.now() });
  }

  /** What was used a moment ago may be read just now: it stays, above the limit if need be. */
  async #makeRoom(): Promise<void> {
    for (const [key, { size, usedMs }] of this.#entries) {
      if (this.#bytes <= this.#bytesMax || usedMs > performance.now() - HELD_MS) return;
      this.#entries.delete(key);
      this.#bytes -= size;
      await this.#files.delete([key]);
    }
  }
}
