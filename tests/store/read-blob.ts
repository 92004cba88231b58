// Blobs as tests give and take them: in pieces, and whole.

import type { Blobs } from "../../src/store/blobs.ts";

export async function readBlob(blobs: Blobs, key: string, range?: { readonly start: number; readonly end?: number }): Promise<Buffer> {
  return Buffer.concat(await collect(await blobs.get(key, range)));
}

export async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of source) all.push(each);
  return all;
}

export async function* inPieces(data: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}
