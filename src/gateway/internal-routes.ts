// Routes of our own beside the AWS endpoint: /_lambent/… and downloads. Never reachable from inside a sandbox.

import type { WireResponse } from "../wire/message.ts";

export interface InternalRequest {
  readonly method: string;
  /** As sent: not decoded, without the query. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Reads the body; rejects above `bytesMax`. */
  body(bytesMax: number): Promise<Uint8Array>;
  /** Aborted when the caller went away. */
  readonly signal: AbortSignal;
}

/** A route decides itself whom it answers: signatures are not checked for it. Open mode's guard against web pages is. */
export interface InternalRoute {
  /** "GET"; HEAD goes to GET's. */
  readonly method: string;
  /** The path begins with it: "/_lambent/health". */
  readonly prefix: string;
  /** A ServiceError is answered as JSON with its status. */
  handle(request: InternalRequest): Promise<WireResponse>;
}

export const INTERNAL_PREFIX = "/_lambent/";

export function jsonResponse(status: number, body: unknown): WireResponse {
  return { status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(body)}\n` };
}
