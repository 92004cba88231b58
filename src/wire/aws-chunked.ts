import type { RequestHead } from "./identify.ts";
export function decodeAwsChunked(_head: RequestHead, source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return source;
}
