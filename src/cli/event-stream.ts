// Reads AWS's event streams: cuts bytes as they come into messages. The format is drawn in wire/event-stream.ts.

import { crc32 } from "node:zlib";

export interface StreamMessage {
  /** ":event-type" … */
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const STRING_HEADER = 7;
/** AWS's own limit of a message. */
const MESSAGE_BYTES_MAX = 24 * 1024 * 1024;

/** Throws when what comes is no event stream, or ends in the middle of a message. */
export async function* readEventStream(chunks: AsyncIterable<Buffer>): AsyncGenerator<StreamMessage> {
  let held: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (let length = lengthOf(held); length <= held.length; length = lengthOf(held)) {
      yield message(held.subarray(0, length));
      held = held.subarray(length);
    }
  }
  if (held.length > 0) throw new Error("the stream of events ended in the middle of one");
}

/** Of the message at the beginning; infinite while it is not known. */
function lengthOf(bytes: Buffer): number {
  if (bytes.length < PRELUDE_BYTES) return Number.POSITIVE_INFINITY;
  const length = bytes.readUInt32BE(0);
  if (length > MESSAGE_BYTES_MAX || crc32(bytes.subarray(0, 8)) !== bytes.readUInt32BE(8))
    throw new Error("the answer is no stream of events");
  return length;
}

function message(bytes: Buffer): StreamMessage {
  const end = bytes.length - CHECKSUM_BYTES;
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32BE(end)) throw new Error("an event of the stream is damaged");
  const headersEnd = PRELUDE_BYTES + bytes.readUInt32BE(4);
  return { headers: headersOf(bytes.subarray(PRELUDE_BYTES, headersEnd)), payload: bytes.subarray(headersEnd, end) };
}

function headersOf(bytes: Buffer): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + bytes[at]!;
    if (bytes[nameEnd] !== STRING_HEADER) throw new Error("an event of the stream has a header that is no text");
    const valueEnd = nameEnd + 3 + bytes.readUInt16BE(nameEnd + 1);
    headers[bytes.toString("latin1", at + 1, nameEnd)] = bytes.toString("utf8", nameEnd + 3, valueEnd);
    at = valueEnd;
  }
  return headers;
}
