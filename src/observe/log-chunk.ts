// Columns of log events as compressed bytes, and back. Compression runs in libuv's thread pool; the rest is a copy of at most some 256 KiB.
//
//   u32 version, u32 events, u32 bytes of the stream names, u32 0
//   f64[events] timestamps, each less the one before it     f64[events] seqs, likewise
//   u32[events] stream          u32[events] length of the message in UTF-16 units
//   stream names as a JSON array, then all messages end to end, in UTF-8
// Numbers are little-endian, as on every machine that Node supports and we do.

import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { Columns } from "./log-segment.ts";

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

const VERSION = 1;
const HEADER_BYTES = 16;
const BYTES_PER_EVENT = 8 + 8 + 4 + 4;
/** What AWS counts for an event besides its text. */
const AWS_EVENT_BYTES = 26;
/** A guard against a damaged row, far above what the writer cuts: events are at most 1 MiB, chunks 256 KiB and one event. */
const CHUNK_BYTES_MAX = 32 * 1024 * 1024;

export interface EncodedChunk {
  readonly firstSeq: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly events: number;
  /** As AWS counts: UTF-8 bytes of the messages and 26 for each. */
  readonly bytes: number;
  readonly data: Uint8Array;
}

/** `columns` must hold an event and lie within one hour. */
export async function encodeChunk(columns: Columns): Promise<EncodedChunk> {
  const events = columns.lengths.length;
  const { text } = columns;
  const names = Buffer.from(JSON.stringify(columns.streams));
  const raw = Buffer.concat([
    bytesOf(Uint32Array.of(VERSION, events, names.length, 0)),
    bytesOf(deltas(columns.timesMs)),
    bytesOf(deltas(columns.seqs)),
    bytesOf(new Uint32Array(columns.streamOf)),
    bytesOf(new Uint32Array(columns.lengths)),
    names,
    text,
  ]);
  const { min: firstMs, max: lastMs } = range(columns.timesMs);
  return {
    firstSeq: range(columns.seqs).min,
    firstMs,
    lastMs,
    events,
    bytes: text.length + events * AWS_EVENT_BYTES,
    // A copy: zlib's buffer may be a view of a larger one, which would be cloned whole on its way to the store's thread.
    data: new Uint8Array(await compress(raw)),
  };
}

export interface DecodedChunk extends Omit<Columns, "lengths" | "text"> {
  readonly events: number;
  /** All messages end to end. */
  readonly text: string;
  message(i: number): string;
}

/** Throws when the bytes are not a chunk of ours. */
export async function decodeChunk(data: Uint8Array): Promise<DecodedChunk> {
  const raw = await decompress(data, { maxOutputLength: CHUNK_BYTES_MAX });
  const [version, events = 0, nameBytes = 0] = new Uint32Array(copy(raw, 0, HEADER_BYTES));
  if (version !== VERSION) throw new Error(`a log chunk has version ${version}; this program reads ${VERSION}`);
  const namesAt = HEADER_BYTES + events * BYTES_PER_EVENT;
  const streamOf = new Uint32Array(copy(raw, HEADER_BYTES + events * 16, events * 4));
  const ends = sums(new Uint32Array(copy(raw, HEADER_BYTES + events * 20, events * 4)));
  const text = raw.toString("utf8", namesAt + nameBytes);
  return {
    events,
    streams: JSON.parse(raw.toString("utf8", namesAt, namesAt + nameBytes)) as string[],
    streamOf,
    timesMs: sums(new Float64Array(copy(raw, HEADER_BYTES, events * 8))),
    seqs: sums(new Float64Array(copy(raw, HEADER_BYTES + events * 8, events * 8))),
    text,
    message: (i) => text.slice(i === 0 ? 0 : ends[i - 1], ends[i]),
  };
}

function bytesOf(numbers: Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

/** Typed arrays need aligned memory, and what comes out of zlib starts anywhere. */
function copy(bytes: Buffer, from: number, length: number): ArrayBuffer {
  const aligned = new ArrayBuffer(length);
  new Uint8Array(aligned).set(bytes.subarray(from, from + length));
  return aligned;
}

function deltas(numbers: ArrayLike<number>): Float64Array {
  const result = new Float64Array(numbers.length);
  for (let i = 0, before = 0; i < numbers.length; i++) {
    result[i] = numbers[i]! - before;
    before = numbers[i]!;
  }
  return result;
}

function sums<T extends Uint32Array | Float64Array>(numbers: T): T {
  for (let i = 1; i < numbers.length; i++) numbers[i]! += numbers[i - 1]!;
  return numbers;
}

function range(numbers: ArrayLike<number>): { readonly min: number; readonly max: number } {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < numbers.length; i++) {
    if (numbers[i]! < min) min = numbers[i]!;
    if (numbers[i]! > max) max = numbers[i]!;
  }
  return { min, max };
}
