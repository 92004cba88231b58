// An answer that streams on its way between two nodes: frames, each a kind, a length and as many bytes.
//
//   begin {contentType} ─▶ piece ─▶ piece … ─▶ payload ─▶ result {…}        or, at any point, failure {code, …}
//
// begin and pieces are missing where the function answers as a whole. A reader that is slow holds up the writer, over the connection.

import type { AnswerStream } from "../invoke/answer-stream.ts";
import type { InvocationResult } from "../invoke/invocation.ts";
import { ServiceError } from "../lib/errors.ts";

const KINDS = { begin: 0, piece: 1, payload: 2, result: 3, failure: 4 } as const;
type Kind = (typeof KINDS)[keyof typeof KINDS];

const HEAD_BYTES = 5;

interface Frame {
  readonly kind: Kind;
  readonly body: Buffer;
}

/** What the running node sends. Never rejects: a failure is a frame. */
export async function* framesOf(stream: AnswerStream, result: Promise<InvocationResult>): AsyncGenerator<Uint8Array> {
  try {
    await Promise.race([stream.begun, result]);
    if (stream.hasBegun) {
      yield frame(KINDS.begin, JSON.stringify({ contentType: stream.contentType }));
      for await (const piece of stream) yield frame(KINDS.piece, piece);
    }
    const { payload, ...rest } = await result;
    yield frame(KINDS.payload, payload);
    yield frame(KINDS.result, JSON.stringify(rest));
  } catch (error) {
    const { code, status, message, fields } = asServiceError(error);
    yield frame(KINDS.failure, JSON.stringify({ code, status, message, fields }));
  }
}

/** The other side: fills the stream, and answers with how it ended. Rejects with ServiceError, or when the frames break off. */
export async function readFrames(incoming: AsyncIterable<Uint8Array>, stream: AnswerStream): Promise<InvocationResult> {
  let payload: Uint8Array = Buffer.alloc(0);
  for await (const { kind, body } of frames(incoming)) {
    if (kind === KINDS.begin) stream.begin((JSON.parse(body.toString()) as { contentType?: string }).contentType);
    else if (kind === KINDS.piece) await written(stream, body);
    else if (kind === KINDS.payload) payload = body;
    else if (kind === KINDS.result) return { ...(JSON.parse(body.toString()) as Omit<InvocationResult, "payload">), payload };
    else throw failure(body);
  }
  throw new Error("the answer of the other node broke off");
}

function written(stream: AnswerStream, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (stream.write(bytes, resolve)) resolve();
  });
}

async function* frames(incoming: AsyncIterable<Uint8Array>): AsyncGenerator<Frame> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let wantedBytes = HEAD_BYTES;
  for await (const chunk of incoming) {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < wantedBytes) continue; // a large frame is put together once
    let whole = Buffer.concat(held, heldBytes);
    for (let length = lengthOf(whole); length !== undefined; length = lengthOf(whole)) {
      yield { kind: whole[0] as Kind, body: whole.subarray(HEAD_BYTES, length) };
      whole = whole.subarray(length);
    }
    held = [whole];
    heldBytes = whole.length;
    wantedBytes = heldBytes < HEAD_BYTES ? HEAD_BYTES : HEAD_BYTES + whole.readUInt32BE(1);
  }
}

/** Of the first frame, head included; undefined while it is not whole. */
function lengthOf(held: Buffer): number | undefined {
  if (held.length < HEAD_BYTES) return undefined;
  const length = HEAD_BYTES + held.readUInt32BE(1);
  return held.length < length ? undefined : length;
}

function frame(kind: Kind, body: Uint8Array | string): Uint8Array {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head[0] = kind;
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function failure(body: Buffer): ServiceError {
  const { code, status, message, fields } = JSON.parse(body.toString()) as ServiceError;
  return new ServiceError(code, status, message, { fields });
}

function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error;
  return new ServiceError("ServiceException", 500, "The node that ran the function failed.", { cause: error });
}
