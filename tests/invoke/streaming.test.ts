import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, suite, test } from "node:test";
import type { StreamedAnswer } from "../../src/invoke/invoke-streaming.ts";
import type { InvocationRecord } from "../../src/invoke/report.ts";
import { type DataPlane, jsonOf, planeOf } from "./data-plane.ts";

const MIB = 1024 * 1024;

async function textOf(answer: StreamedAnswer): Promise<string> {
  let text = "";
  for await (const piece of answer.pieces) text += Buffer.from(piece).toString("latin1");
  return text;
}

/** The report of one invocation, whatever else is reported meanwhile. */
async function recordOf(plane: DataPlane, requestId: string): Promise<InvocationRecord> {
  for (let count = plane.records.length; ; count++) {
    const found = plane.records.find((record) => record.requestId === requestId);
    if (found !== undefined) return found;
    await plane.reported(count + 1);
  }
}

/** Environments are for a revision: the shared ones have another time-out. */
const short = (plane: DataPlane) => ({ ...plane.version, timeoutMs: 1500, revisionId: randomUUID() });

async function bytesOf(answer: StreamedAnswer): Promise<number> {
  let bytes = 0;
  for await (const piece of answer.pieces) bytes += piece.length;
  return bytes;
}

suite("streamed answers", { timeout: 300_000 }, () => {
  let plane: DataPlane;
  before(async () => {
    plane = await planeOf("streaming-response", { version: { timeoutMs: 60_000 } });
  });
  after(() => plane.close());

  test("every byte arrives, in order, and the result says that all went well", async () => {
    const answer = await plane.stream({ chunks: 3 });
    assert.equal(answer.contentType, "application/octet-stream");
    assert.equal(await textOf(answer), "chunk 0\nchunk 1\nchunk 2\n");
    const { functionError, executedVersion } = await answer.result;
    assert.deepEqual({ functionError, executedVersion }, { functionError: undefined, executedVersion: "$LATEST" });
  });

  test("the first bytes are there while the function still runs, and it waits for a caller that does not read", async () => {
    const requestId = randomUUID();
    const answer = await plane.stream({ chunks: 100, bytes: MIB }, { requestId });
    const reader = answer.pieces[Symbol.asyncIterator]();
    const first = await reader.next();
    assert.ok(first.value!.length > 0);
    // 100 MiB are more than all buffers on the way hold: were it not held up, it would have ended by the time that a whole other call takes.
    const other = randomUUID();
    await textOf(await plane.stream({ chunks: 1 }, { requestId: other }));
    await recordOf(plane, other);
    assert.ok(!plane.records.some((record) => record.requestId === requestId));
    let bytes = first.value!.length;
    for (let next = await reader.next(); !next.done; next = await reader.next()) bytes += next.value.length;
    assert.equal(bytes, 100 * MIB);
    assert.equal((await recordOf(plane, requestId)).streamedBytes, 100 * MIB);
  });

  test("an error in the trailers is the result, after what was streamed", async () => {
    const answer = await plane.stream({ chunks: 2, fail: true });
    assert.equal(await textOf(answer), "chunk 0\nchunk 1\n");
    const result = await answer.result;
    assert.equal(result.functionError, "Unhandled");
    assert.equal((jsonOf(result) as { errorType: string }).errorType, "Function.StreamBroke");
  });

  test("a function that exits midway ends the stream with Runtime.ExitError, and the next call works", async () => {
    const answer = await plane.stream({ chunks: 2, last: "exit" });
    assert.equal(await textOf(answer), "chunk 0\nchunk 1\n");
    const result = await answer.result;
    assert.equal(result.functionError, "Unhandled");
    assert.match(JSON.stringify(jsonOf(result)), /Runtime\.ExitError.*exit status 3/);
    assert.equal(await textOf(await plane.stream({ chunks: 1 })), "chunk 0\n");
  });

  test("a function that hangs midway is timed out, and its caller has what came before", async () => {
    const answer = await plane.stream({ chunks: 2, last: "hang" }, { version: short(plane) });
    assert.equal(await textOf(answer), "chunk 0\nchunk 1\n");
    assert.match(JSON.stringify(jsonOf(await answer.result)), /Sandbox\.Timedout.*Task timed out after 1\.50 seconds/);
  });

  test("a function that is held up by its caller is timed out too", async () => {
    const answer = await plane.stream({ chunks: 100, bytes: MIB }, { version: short(plane) });
    assert.match(JSON.stringify(jsonOf(await answer.result)), /Sandbox\.Timedout/);
    const bytes = await bytesOf(answer);
    assert.ok(bytes > 0 && bytes < 2 * MIB, `${bytes} bytes were held`);
  });

  test("a stream beyond the limit is cut there", async () => {
    const answer = await plane.stream({ chunks: 3, bytes: MIB }, { limits: { streamedBytesMax: 2 * MIB + 5 } });
    assert.equal(await bytesOf(answer), 2 * MIB + 5);
    const result = await answer.result;
    assert.deepEqual(jsonOf(result), {
      errorMessage: `Response payload size exceeded maximum allowed payload size (${2 * MIB + 5} bytes).`,
      errorType: "Function.ResponseSizeTooLarge",
    });
    assert.equal(await textOf(await plane.stream({ chunks: 1 })), "chunk 0\n");
  });

  test("a caller that goes away does not stop the function", async () => {
    const requestId = randomUUID();
    const abort = new AbortController();
    const answer = await plane.stream({ chunks: 20, bytes: MIB }, { signal: abort.signal, requestId });
    abort.abort();
    assert.equal((await answer.result).functionError, undefined);
    assert.equal((await recordOf(plane, requestId)).streamedBytes, 20 * MIB);
    assert.equal(await bytesOf(answer), 0);
  });

  test("the bandwidth rule leaves the first 6 MB alone and loses nothing of the rest", async () => {
    const answer = await plane.stream({ chunks: 8, bytes: MIB }, { limits: { streamBytesPerSecond: 20 * MIB } });
    assert.equal(await bytesOf(answer), 8 * MIB);
  });

  test("the tail of the log comes with the result", async () => {
    const answer = await plane.stream({ chunks: 1 }, { tail: true });
    assert.equal(await textOf(answer), "chunk 0\n");
    const log = Buffer.from((await answer.result).logTail!, "base64").toString();
    assert.match(log, /^START RequestId.*\nstreamed: 202\nEND RequestId.*\nREPORT/);
  });

  test("plain Invoke gathers a streamed answer", async () => {
    assert.equal(Buffer.from((await plane.invoke({ chunks: 2 })).payload).toString(), "chunk 0\nchunk 1\n");
  });
});

suite("functions that do not stream, called by somebody who would read a stream", { timeout: 300_000 }, () => {
  test("an answer that comes as a whole is one piece", async () => {
    const plane = await planeOf("echo");
    try {
      const answer = await plane.stream({ a: 1 });
      const pieces: string[] = [];
      for await (const piece of answer.pieces) pieces.push(Buffer.from(piece).toString());
      assert.deepEqual(pieces, ['{"a":1}']);
      assert.equal((await plane.reported(1))[0]!.streamedBytes, 0);
    } finally {
      await plane.close();
    }
  });

  test("an error has no pieces and is the result", async () => {
    const plane = await planeOf("init-exit");
    try {
      const answer = await plane.stream({});
      assert.equal(await bytesOf(answer), 0);
      assert.equal((await answer.result).functionError, "Unhandled");
    } finally {
      await plane.close();
    }
  });

  test("one that closes its connection midway has a truncated answer", async () => {
    const plane = await planeOf("closes-midway");
    try {
      const answer = await plane.stream({});
      assert.match(JSON.stringify(jsonOf(await answer.result)), /Runtime\.TruncatedResponse/);
    } finally {
      await plane.close();
    }
  });
});
