// What a function streams arrives on the other side as it was, however the bytes were cut on their way.

import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { framesOf, readFrames } from "../../src/cluster/streamed-answer.ts";
import { AnswerStream } from "../../src/invoke/answer-stream.ts";
import type { InvocationResult } from "../../src/invoke/invocation.ts";
import { ServiceError } from "../../src/lib/errors.ts";

const BYTES_MAX = 1_000_000;
const nothing = Buffer.alloc(0);

/** A function that streams these pieces and ends so. */
function running(pieces: readonly string[], result: Promise<InvocationResult>): AsyncIterable<Uint8Array> {
  const stream = new AnswerStream(BYTES_MAX);
  if (pieces.length > 0) stream.begin("text/plain");
  for (const piece of pieces) stream.write(Buffer.from(piece), assert.fail);
  stream.end();
  return framesOf(stream, result);
}

async function* cut(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What the other side has of it, and how that ended. */
async function received(frames: AsyncIterable<Uint8Array>) {
  const stream = new AnswerStream(BYTES_MAX);
  const text = buffer(stream).then(String);
  try {
    const result = await readFrames(frames, stream);
    return { text: text, result, stream };
  } finally {
    stream.end();
  }
}

for (const size of [1, 3, 7, 64, 100_000]) {
  test(`cut into ${size} bytes each`, async () => {
    const result: InvocationResult = { payload: nothing, executedVersion: "7", functionError: "Unhandled" };
    const sent = await buffer(running(["some", "", "pieces ", "ü"], Promise.resolve(result)));
    const got = await received(cut(sent, size));
    assert.equal(await got.text, "somepieces ü");
    assert.equal(got.stream.contentType, "text/plain");
    assert.deepEqual({ ...got.result, payload: nothing }, result);
  });
}

test("an answer that comes as a whole has not begun to stream, and is large or small", async () => {
  const payload = Buffer.alloc(600_000, 120);
  const sent = await buffer(running([], Promise.resolve({ payload, executedVersion: "$LATEST" })));
  const { result, stream } = await received(cut(sent, 65_536));
  assert.equal(stream.hasBegun, false);
  assert.deepEqual(result, { payload, executedVersion: "$LATEST" });
});

test("a refusal is the same error on the other side", async () => {
  const fields = { Reason: "ConcurrentInvocationLimitExceeded" };
  const refusal = new ServiceError("TooManyRequestsException", 429, "Rate Exceeded.", { fields });
  const sent = await buffer(running([], Promise.reject(refusal)));
  await assert.rejects(received(cut(sent, 5)), { code: "TooManyRequestsException", status: 429, message: "Rate Exceeded.", fields });
});

test("frames that break off are an error, not an end", async () => {
  const sent = await buffer(running(["piece"], Promise.resolve({ payload: nothing, executedVersion: "1" })));
  await assert.rejects(received(cut(sent.subarray(0, sent.length - 3), 10)), /broke off/);
});
