// Callers that close their writing side before they are answered.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { openGateway } from "./open-gateway.ts";
import { requestText } from "./raw-http.ts";

const REQUEST = requestText("POST /2015-03-31/functions/f/invocations", { connection: "keep-alive" });

/** Half-closes with the request and reads to the end of the connection; the answer takes `ms`. */
async function answerAfter(ms: number, request: string): Promise<string> {
  const Invoke = async () => {
    await delay(ms);
    return { StatusCode: 200, Payload: Buffer.from("answer") };
  };
  const gateway = await openGateway({ lambda: { operations: { Invoke }, context: undefined } });
  try {
    const socket = connect({ port: gateway.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.end(request);
    const answer = await text(socket);
    assert.deepEqual(gateway.failures, []);
    return answer;
  } finally {
    await gateway.close();
  }
}

test("a caller that closes its writing side is answered, and then the connection ends", { timeout: 300_000 }, async () => {
  assert.match(await answerAfter(0, REQUEST), /^(HTTP\/1\.1 102 Processing\r\n\r\n)*HTTP\/1\.1 200 [\s\S]*\r\n\r\nanswer$/);
});

test("one that waits for long is asked whether it is there, and answered", { timeout: 300_000 }, async () => {
  // The first ones soon: that many only since who is gone is to be found out before a message is handed to it.
  assert.match(await answerAfter(3_000, REQUEST), /^(HTTP\/1\.1 102 Processing\r\n\r\n){4,}HTTP\/1\.1 200 [\s\S]*\r\n\r\nanswer$/);
});

test("a client of HTTP/1.0 gets the answer alone", { timeout: 300_000 }, async () => {
  assert.match(await answerAfter(1_500, REQUEST.replace("HTTP/1.1", "HTTP/1.0")), /^HTTP\/1\.1 200 [\s\S]*\r\n\r\nanswer$/);
});
