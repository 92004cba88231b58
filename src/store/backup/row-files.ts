// Rows as files: one JSON array a line, compressed. Bytes are {"base64": …}; all else is what JSON has.

import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type { Value } from "../database.ts";
import type { PortableRow } from "./row-source.ts";

/** The least that gzip can do: rows shrink to a third, at the pace of a disk. */
const LEVEL = 1;
const CHUNK_BYTES = 256 * 1024;

export interface RowFile {
  readonly rows: number;
  readonly bytes: number;
  /** Lower-case hexadecimal, of the file. */
  readonly sha256: string;
}

/** On disk when it resolves. */
export async function writeRows(path: string, portions: AsyncIterable<readonly PortableRow[]>, signal: AbortSignal): Promise<RowFile> {
  let rows = 0;
  let bytes = 0;
  const hash = createHash("sha256");
  await pipeline(
    portions,
    async function* (source: AsyncIterable<readonly PortableRow[]>) {
      for await (const portion of source) {
        rows += portion.length;
        yield portion.map((row) => `${encodeRow(row)}\n`).join("");
      }
    },
    createGzip({ level: LEVEL, chunkSize: CHUNK_BYTES }),
    hashing(hash, (length) => (bytes += length)),
    createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }),
    { signal },
  );
  return { rows, bytes, sha256: hash.digest("hex") };
}

/** In portions. Rejects when the file is no such file. */
export async function* readRows(path: string, signal: AbortSignal): AsyncGenerator<readonly PortableRow[]> {
  const text = createGunzip({ chunkSize: CHUNK_BYTES });
  const done = pipeline(createReadStream(path), text, { signal });
  done.catch(() => {}); // told by whoever reads `text`
  let rest = "";
  for await (const chunk of text.setEncoding("utf8") as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (lines.length > 0) yield lines.map(decodeRow);
  }
  await done;
  if (rest !== "") throw new Error("it ends within a row");
}

/** What the file is, whatever it holds. */
export async function measureFile(path: string): Promise<Omit<RowFile, "rows">> {
  let bytes = 0;
  const hash = createHash("sha256");
  for await (const chunk of hashing(hash, (length) => (bytes += length))(createReadStream(path))) void chunk;
  return { bytes, sha256: hash.digest("hex") };
}

function hashing(hash: Hash, count: (bytes: number) => void) {
  return async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      count(chunk.byteLength);
      yield chunk;
    }
  };
}

export function encodeRow(row: PortableRow): string {
  return JSON.stringify(row.map(encodeValue));
}

function encodeValue(value: Value): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
  if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`a row has a number that JSON cannot keep: ${value}`);
  return value;
}

export function decodeRow(line: string): PortableRow {
  return (JSON.parse(line) as (Value | { readonly base64: string })[]).map((value) =>
    typeof value === "object" && value !== null && "base64" in value ? Buffer.from(value.base64, "base64") : value,
  );
}
