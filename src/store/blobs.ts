// Large immutable bytes: code packages, later objects and layers. The blob is written first, then the row that names it; on delete the row first.

export interface BlobRef {
  readonly key: string;
  readonly size: number;
  /** Lower-case hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
}

export interface Blobs {
  /** Durable when it resolves: file flushed, renamed, directory flushed. Equal content may share one key. */
  put(data: Uint8Array | AsyncIterable<Uint8Array>): Promise<BlobRef>;
  /** Rejects with StoreError "unavailable" when there is no such blob. `end` is exclusive. */
  get(key: string, range?: { readonly start: number; readonly end?: number }): Promise<AsyncIterable<Uint8Array>>;
  /** The blob as a file of this machine, fetched first if it lives elsewhere. The caller only reads it. */
  file(key: string): Promise<string>;
  /** Returns the keys that are gone. One that was put a moment ago stays: the row that will name it may not be written yet. */
  delete(keys: readonly string[]): Promise<readonly string[]>;
  /** Every key there is, in groups, in no order. */
  keys(): AsyncIterable<readonly string[]>;
}
