// Puts a response on the connection: whole ones in one write, streams as they come.

import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { WireResponse } from "../wire/message.ts";

/** Resolves when the answer is handed to the connection. Rejects if a stream's source fails; the connection is then cut, as it must be. */
export async function send(response: ServerResponse, answer: WireResponse): Promise<void> {
  const { status, headers, body } = answer;
  if (response.destroyed) return;
  if (typeof body === "string" || body instanceof Uint8Array) {
    // A HEAD answer names the length that GET would have, which the handler has set.
    if (status !== 204 && status !== 304)
      headers["content-length"] ??= String(typeof body === "string" ? Buffer.byteLength(body) : body.byteLength);
    response.writeHead(status, headers);
    response.end(body);
    return;
  }
  response.writeHead(status, headers);
  response.flushHeaders();
  await pipeline(Readable.from(body, { objectMode: true, highWaterMark: 1 }), response);
}
