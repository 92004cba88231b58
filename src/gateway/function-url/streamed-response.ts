// What a function streams, read as the HTTP response that it stands for (InvokeMode RESPONSE_STREAM). The head is known when the prelude has come:
//
//   content-type application/vnd.awslambda.http-integration-response
//   {"statusCode":200,"headers":{…},"cookies":[…]} ‖ eight zero bytes ‖ the body
//
// Any other content type is that of the body, which is all that comes; so is an answer that does not come as a stream.
// https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html

import type { StreamedAnswer } from "../../invoke/invoke-streaming.ts";
import type { UrlResponse } from "./result.ts";
import { headOf } from "./result.ts";

const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const PRELUDE_END = Buffer.alloc(8);
/** Ours: AWS names no limit. */
const PRELUDE_BYTES_MAX = 64 * 1024;
const BINARY_TYPE = "application/octet-stream";

export type UrlStream = Omit<UrlResponse, "body"> & { readonly body: AsyncIterable<Uint8Array> };

/** The function failed in the middle of the body: all that is left is to cut the connection, so that its caller knows. */
export class BrokenStream extends Error {
  override readonly name = "BrokenStream";
  /** Node's for a stream that ended too early, which the gateway takes for what it is: nothing to log. */
  readonly code = "ERR_STREAM_PREMATURE_CLOSE";
}

/** undefined: it stands for none, which is a 502. */
export async function streamedResponse(answer: StreamedAnswer): Promise<UrlStream | undefined> {
  const pieces = answer.pieces[Symbol.asyncIterator]();
  const hasPrelude = answer.contentType?.toLowerCase() === PRELUDE_TYPE;
  const begun = hasPrelude ? await readPrelude(pieces) : await firstPiece(pieces, answer);
  if (begun === undefined) {
    await pieces.return?.();
    return undefined;
  }
  const { head, rest } = begun;
  return { ...head, body: bodyOf(rest, pieces, answer.result) };
}

interface Begun {
  readonly head: Omit<UrlResponse, "body">;
  /** Of the body, what came with it. */
  readonly rest: Uint8Array;
}

/** undefined: it failed before there was any. */
async function firstPiece(pieces: AsyncIterator<Uint8Array>, { contentType, result }: StreamedAnswer): Promise<Begun | undefined> {
  const first = await pieces.next();
  if (first.done && (await result).functionError !== undefined) return undefined;
  const head = { status: 200, headers: { "content-type": contentType ?? BINARY_TYPE }, cookies: [] };
  return { head, rest: first.done ? new Uint8Array(0) : first.value };
}

async function readPrelude(pieces: AsyncIterator<Uint8Array>): Promise<Begun | undefined> {
  let gathered: Buffer = Buffer.alloc(0);
  for (let end = -1; end < 0; end = gathered.indexOf(PRELUDE_END)) {
    const next = gathered.length > PRELUDE_BYTES_MAX ? undefined : await pieces.next();
    if (next === undefined || next.done) return undefined;
    gathered = Buffer.concat([gathered, next.value]);
  }
  const end = gathered.indexOf(PRELUDE_END);
  const head = end > PRELUDE_BYTES_MAX ? undefined : headOf(gathered.subarray(0, end), BINARY_TYPE);
  return head && { head, rest: gathered.subarray(end + PRELUDE_END.length) };
}

async function* bodyOf(first: Uint8Array, pieces: AsyncIterator<Uint8Array>, result: StreamedAnswer["result"]): AsyncGenerator<Uint8Array> {
  try {
    if (first.length > 0) yield first;
    for (let next = await pieces.next(); !next.done; next = await pieces.next()) yield next.value;
  } finally {
    await pieces.return?.();
  }
  if ((await result).functionError !== undefined) throw new BrokenStream("the function failed in the middle of its answer");
}
