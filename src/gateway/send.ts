// Puts a response on the connection: whole ones in one write, streams as they come.

import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { bufferOf, type WireResponse } from "../wire/message.ts";

/** Up to here a body is copied behind the head: one piece for the kernel instead of two. */
const JOIN_BYTES_MAX = 16 * 1024;

/**
 * A promise only for streams: resolved when the answer is handed to the connection, rejected if the stream's source fails; the connection is
 * then cut, as it must be.
 */
export function send(response: ServerResponse, answer: WireResponse): Promise<void> | undefined {
  const { status, headers, cookies = [], body } = answer;
  if (response.destroyed) return undefined;
  if (cookies.length > 0) response.setHeader("set-cookie", cookies);
  if (typeof body === "string" || body instanceof Uint8Array) {
    // A HEAD answer names the length that GET would have, which the handler has set.
    if (status !== 204 && status !== 304)
      headers["content-length"] ??= String(typeof body === "string" ? Buffer.byteLength(body) : body.byteLength);
    response.writeHead(status, headers);
    // Node joins what it takes for text to the head, and latin1 is text that no byte is lost in.
    if (typeof body === "string" || body.byteLength > JOIN_BYTES_MAX) response.end(body);
    else response.end(bufferOf(body).toString("latin1"), "latin1");
    return undefined;
  }
  response.writeHead(status, headers);
  response.flushHeaders();
  return pipeline(Readable.from(body, { objectMode: true, highWaterMark: 1 }), response);
}
