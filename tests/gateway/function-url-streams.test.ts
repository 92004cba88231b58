// Function URLs in RESPONSE_STREAM, in front of functions that stream what each test says.

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { UpdateFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import type { InvocationResult } from "../../src/invoke/invocation.ts";
import { startLambdaServer } from "../services/lambda/lambda-server.ts";
import { openUrl } from "../services/lambda/open-url.ts";

const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const END = "\0".repeat(8);
const unhandled = { payload: Buffer.from('{"errorType":"E"}'), functionError: "Unhandled", executedVersion: "1" } as const;

interface Streamed {
  readonly type?: string;
  readonly pieces: readonly string[];
  readonly result?: InvocationResult;
}

/** The URL of such a function, and what went wrong on our side. */
async function urlOf(t: TestContext, { type, pieces, result }: Streamed) {
  const { client, failures } = await startLambdaServer(t, {
    invoke: async ({ stream }) => {
      stream!.begin(type);
      for (const piece of pieces) {
        stream!.write(Buffer.from(piece), () => {});
        await new Promise((resolve) => setImmediate(resolve));
      }
      return result ?? { payload: Buffer.alloc(0), executedVersion: "1" };
    },
  });
  const url = await openUrl(client);
  await client.send(new UpdateFunctionUrlConfigCommand({ FunctionName: "fn", InvokeMode: "RESPONSE_STREAM" }));
  return { url, failures };
}

test("a prelude is read however it is cut, and zero bytes of the body stay", async (t) => {
  const whole = `{"statusCode":201,"headers":{"x-a":"1"}}${END}\0\0body\0`;
  for (const pieces of [[whole], [...whole], [whole.slice(0, 45), whole.slice(45)]]) {
    const { url } = await urlOf(t, { type: PRELUDE_TYPE, pieces });
    const answer = await fetch(url);
    assert.deepEqual([answer.status, answer.headers.get("x-a"), await answer.text()], [201, "1", "\0\0body\0"]);
  }
});

test("a prelude says 200 and bytes unless it says otherwise, and its body may be empty", async (t) => {
  const { url } = await urlOf(t, { type: PRELUDE_TYPE, pieces: [`{}${END}`] });
  const answer = await fetch(url);
  assert.deepEqual([answer.status, answer.headers.get("content-type"), await answer.text()], [200, "application/octet-stream", ""]);
});

for (const [what, pieces] of [
  ["no JSON", [`{${END}body`]],
  ["a status that is none", [`{"statusCode":1000}${END}`]],
  ["a header that would split the response", [`{"headers":{"a":"b\\r\\nc: d"}}${END}`]],
  ["no end", ['{"statusCode":200}']],
  ["no end within 64 KiB", [`{"headers":{"a":"${"x".repeat(70_000)}"}}${END}`]],
] as const) {
  test(`a prelude with ${what} is a 502`, async (t) => {
    const { url, failures } = await urlOf(t, { type: PRELUDE_TYPE, pieces });
    const answer = await fetch(url);
    assert.deepEqual([answer.status, await answer.text()], [502, "Internal Server Error"]);
    assert.deepEqual(failures, []);
  });
}

test("any other content type is the body's", async (t) => {
  const { url } = await urlOf(t, { type: "text/event-stream", pieces: ["data: 1\n\n", "data: 2\n\n"] });
  const answer = await fetch(url);
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "text/event-stream"]);
  assert.equal(await answer.text(), "data: 1\n\ndata: 2\n\n");
});

test("an error before the first byte is a 502, one after it a connection that is cut, with or without a prelude", async (t) => {
  for (const type of ["text/plain", PRELUDE_TYPE]) {
    const head = type === PRELUDE_TYPE ? [`{}${END}`] : [];
    const none = await urlOf(t, { type, pieces: [], result: unhandled });
    assert.equal((await fetch(none.url)).status, 502);
    const some = await urlOf(t, { type, pieces: [...head, "some"], result: unhandled });
    const answer = await fetch(some.url);
    assert.equal(answer.status, 200);
    await assert.rejects(answer.text());
    assert.deepEqual([...none.failures, ...some.failures], []);
  }
});

test("HEAD is answered with the head alone", async (t) => {
  const { url } = await urlOf(t, { type: "text/plain", pieces: ["body"] });
  const answer = await fetch(url, { method: "HEAD" });
  assert.deepEqual([answer.status, await answer.text()], [200, ""]);
});
