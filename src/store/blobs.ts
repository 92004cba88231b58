// Large immutable bytes: code packages, later objects and layers. The blob is written first, then the row that names it; on delete the row first.

export interface BlobRef {
  readonly key: string;
  readonly size: number;
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
}

export interface Blobs {
  /** Durable when it resolves: file flushed, renamed, directory flushed; or acknowledged by the bucket. Equal content may share one key. */
  put(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<BlobRef>;
  /**
   * Rejects with StoreError "unavailable" when there is no such blob. `end` is exclusive. Who reads all of it to its end gets what was put,
   * or PlatformError "blob-damaged".
   */
  get(key: string, range?: { readonly start: number; readonly end?: number }): Promise<AsyncIterable<Uint8Array>>;
  /** The blob as a file of this machine, fetched first if it lives elsewhere. The caller only reads it. */
  file(key: string): Promise<string>;
  /** Returns the keys that are gone. One that was put a moment ago stays: the row that will name it may not be written yet. */
  delete(keys: readonly string[]): Promise<readonly string[]>;
  /** Every key there is, in groups, in no order. */
  keys(): AsyncIterable<readonly string[]>;
  readonly mark: BlobsMark;
}

/** A word kept beside the blobs that says to which database they belong: nobody may remove another's. */
export interface BlobsMark {
  /** For the operator: the directory, or the bucket with its prefix. */
  readonly place: string;
  read(): Promise<string | undefined>;
  /** Where there is none yet. */
  write(id: string): Promise<void>;
}

/** How long a put protects its key from deletion: longer than any request takes to write its row. */
export const YOUNG_MS = 15 * 60_000;
