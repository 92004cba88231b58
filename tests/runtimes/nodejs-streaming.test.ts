import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Guest } from "./guest-process.ts";

async function start(t: TestContext, handler: string, runtime = "nodejs24.x"): Promise<Guest> {
  const text = `import { pipeline } from "node:stream/promises"; import { Readable } from "node:stream";
    export const handler = awslambda.streamifyResponse(${handler});`;
  const guest = await Guest.start({ runtime, files: { "index.mjs": text } });
  t.after(() => guest.stop());
  return guest;
}

const errorIn = (trailers: Record<string, string | undefined>) =>
  JSON.parse(Buffer.from(trailers["lambda-runtime-function-error-body"] ?? "", "base64").toString());

for (const runtime of ["nodejs22.x", "nodejs24.x"]) {
  test(`${runtime}: a streaming handler's writes are the answer, sent in chunks`, async (t) => {
    const guest = await start(
      t,
      `async (event, stream) => { stream.write("a"); stream.write(Buffer.from("b")); stream.write({ c: event }); stream.end(); }`,
      runtime,
    );
    const answer = await guest.invoke(1);
    assert.equal(answer.text, `ab{"c":1}`);
    assert.equal(answer.headers["transfer-encoding"], "chunked");
    assert.equal(answer.headers["lambda-runtime-function-response-mode"], "streaming");
    assert.equal(answer.headers["content-type"], "application/octet-stream");
    assert.deepEqual(answer.trailers, {});
    assert.equal((await guest.invoke(2)).text, `ab{"c":2}`);
  });
}

test("a pipeline of megabytes arrives whole", async (t) => {
  const guest = await start(
    t,
    `async (event, stream) => pipeline(Readable.from(Array.from({ length: event }, () => Buffer.alloc(65536, 120))), stream)`,
  );
  assert.equal((await guest.invoke(100)).text.length, 100 * 65_536);
});

test("HttpResponseStream puts the prelude and eight zero bytes ahead, for an empty body too", async (t) => {
  const guest = await start(
    t,
    `async (event, stream) => { const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { a: "b" } }); if (event) http.write("body"); http.end(); }`,
  );
  const prelude = `{"statusCode":201,"headers":{"a":"b"}}\0\0\0\0\0\0\0\0`;
  const answer = await guest.invoke(true);
  assert.equal(answer.text, `${prelude}body`);
  assert.equal(answer.headers["content-type"], "application/vnd.awslambda.http-integration-response");
  assert.equal((await guest.invoke(false)).text, prelude);
});

test("an error midway travels in trailers, after all that was written", async (t) => {
  const guest = await start(t, `async (event, stream) => { stream.write("one "); stream.write("two"); throw new RangeError("midway"); }`);
  const answer = await guest.invoke(1);
  assert.equal(answer.text, "one two");
  assert.equal(answer.trailers["lambda-runtime-function-error-type"], "RangeError");
  assert.equal(errorIn(answer.trailers).errorMessage, "midway");
});

test("an exception that nobody catches midway travels in trailers and ends the process", async (t) => {
  const guest = await start(
    t,
    `async (event, stream) => { stream.write("one"); setTimeout(() => { throw new Error("from a timer"); }, 5); await new Promise(() => {}); }`,
  );
  const answer = await guest.invoke(1);
  assert.equal(answer.text, "one");
  assert.equal(errorIn(answer.trailers).errorMessage, "from a timer");
  assert.equal(await guest.exited, 129);
});

test("a stream that the handler leaves open is an error", async (t) => {
  const guest = await start(t, `async (event, stream) => {}`);
  assert.equal(errorIn((await guest.invoke(1)).trailers).errorMessage, "Response stream is not finished.");
});

test("a streaming handler that is not async is an error", async (t) => {
  const guest = await start(t, `(event, stream) => { stream.end(); }`);
  assert.equal(errorIn((await guest.invoke(1)).trailers).errorMessage, "Streaming does not support non-async handlers.");
});
