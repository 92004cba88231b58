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
  delete(keys: readonly string[]): Promise<void>;
}
