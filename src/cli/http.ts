// One HTTP exchange, its answer as a whole or while it comes. Built on node:http and not on fetch, whose five-minute limit for headers would cut long invocations.

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { requestOver } from "../lib/http.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Longest silence of the server. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Nobody answers at the endpoint, or what answers is no HTTP server. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly endpoint: string;

  constructor(endpoint: string, cause: unknown) {
    super(`No lambent answers at ${endpoint}. Start one with \`lambent start\`.`, { cause });
    this.endpoint = endpoint;
  }
}

/** A connection that had come about broke before the whole answer was there. */
export class ConnectionLost extends Error {
  override readonly name = "ConnectionLost";

  constructor(endpoint: string, cause: Error) {
    super(`The connection to ${endpoint} broke before the answer was there: ${cause.message}. Has lambent been stopped?`, { cause });
  }
}

/** Throws Unreachable when no connection comes about, ConnectionLost when it breaks later. */
export async function exchange(what: HttpRequest): Promise<HttpResponse> {
  return whole(await open(what), what);
}

/** The rest of an answer of which the head has come. */
export async function whole(incoming: IncomingMessage, what: HttpRequest): Promise<HttpResponse> {
  try {
    return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: await buffer(incoming) };
  } catch (error) {
    throw failureOf(error as Error, what);
  }
}

/** Resolves when the head has come; the body is the caller's to read. */
export async function open(what: HttpRequest): Promise<IncomingMessage> {
  const url = new URL(what.url);
  const send = requestOver(url.protocol);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = send(url, {
    method: what.method,
    headers: what.headers,
    timeout: what.timeoutMs,
    ...(what.signal && { signal: what.signal }),
  });
  outgoing.on("timeout", () => outgoing.destroy(new Error(`${url.origin} has been silent for ${what.timeoutMs / 1000} s.`)));
  outgoing.on("error", (error) => reject(failureOf(error, what)));
  outgoing.on("response", resolve);
  outgoing.end(what.body);
  return promise;
}

export function failureOf(error: NodeJS.ErrnoException, what: HttpRequest): Error {
  const { origin } = new URL(what.url);
  return isNoConnection(error) ? new Unreachable(origin, error) : new ConnectionLost(origin, error);
}

function isNoConnection(error: NodeJS.ErrnoException): boolean {
  const codes = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ETIMEDOUT"];
  return codes.includes(error.code ?? "") || (error.code?.startsWith("HPE_") ?? false);
}
