// One HTTP request of the client for buckets, sent once. Who calls decides what to do about its failure.

import type { Agent, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream";
import { buffer } from "node:stream/consumers";
import { requestOver } from "../../lib/http.ts";

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Readable;
  readonly agent?: Agent;
  /** Longest time in which no byte moves, connecting included. */
  readonly silenceMs: number;
  /** Until the last byte of the answer. */
  readonly wholeMs: number;
}

/** Resolves when the answer's head has come; its body is the caller's to read, or to destroy. */
export function open(what: Outgoing): Promise<IncomingMessage> {
  const { method, url, headers = {}, body, agent, silenceMs, wholeMs } = what;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const options = { method, headers, timeout: silenceMs, signal: AbortSignal.timeout(wholeMs), ...(agent && { agent }) };
  const outgoing = requestOver(url.protocol)(url, options);
  outgoing.on("timeout", () => outgoing.destroy(new Error(`no byte has moved for ${silenceMs / 1_000} s`)));
  outgoing.on("error", reject);
  outgoing.on("response", resolve);
  if (body === undefined || typeof body === "string") outgoing.end(body);
  else pipeline(body, outgoing, () => {}); // a failure of either arrives as the request's error
  return promise;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

export async function exchange(what: Outgoing): Promise<Answer> {
  return whole(await open(what));
}

export async function whole(incoming: IncomingMessage): Promise<Answer> {
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, text: (await buffer(incoming)).toString() };
}
