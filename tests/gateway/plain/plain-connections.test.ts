// Connections that begin with plain requests: order, hand-over to node:http in the middle, callers that leave or do not read.

import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Call } from "../../../src/wire/call.ts";
import type { WireResponse } from "../../../src/wire/message.ts";
import { type OpenGateway, openGateway } from "../open-gateway.ts";
import { requestText } from "../raw-http.ts";

type Bag = Record<string, unknown>;

const INVOKE = "POST /2015-03-31/functions/f/invocations";
const KEEP = { connection: "keep-alive" };
let gateway: OpenGateway;
let running = 0;
let runningMax = 0;
/** Invocations with the qualifier "held" wait for it. */
const held = Promise.withResolvers<void>();

async function echo(input: Bag, call: Call): Promise<Bag> {
  runningMax = Math.max(runningMax, ++running);
  await (input.Qualifier === "held" ? held.promise : turn());
  running--;
  if (input.ClientContext !== undefined) call.responseHeaders["x-odd"] = "a\r\nb: c";
  return { StatusCode: 200, Payload: input.Payload };
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("first,");
  await turn();
  yield Buffer.alloc(0);
  yield Buffer.from("second");
}

const own = (prefix: string, answer: () => WireResponse) => ({
  method: "GET",
  prefix: `/_lambent/${prefix}`,
  handle: async () => answer(),
});
const routes = [
  own("stream", () => ({ status: 200, headers: {}, body: pieces() })),
  own("length", () => ({ status: 200, headers: { "content-length": "12" }, body: pieces() })),
  own("short", () => ({ status: 200, headers: { "content-length": "13" }, body: pieces() })),
  own("nothing", () => ({ status: 204, headers: {}, body: "not sent" })),
  own("large", () => ({ status: 200, headers: {}, body: Buffer.alloc(1_000_000, "x") })),
];

/** Sends all at once, closes the writing side and reads to the end. */
async function ask(...requests: readonly string[]): Promise<string> {
  const socket = connect({ port: gateway.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.end(requests.join(""), "latin1");
  return text(socket);
}

/** What one answer ends with: bodies, without heads. */
const bodies = (answers: string) => [...answers.matchAll(/\r\n\r\n((?:(?!HTTP\/1\.1)[\s\S])*)/g)].map(([, body]) => body);

describe("plain connections", { timeout: 300_000 }, () => {
  before(async () => {
    gateway = await openGateway({ lambda: { operations: { Invoke: echo }, context: undefined } }, { routes });
  });
  after(() => gateway.close());

  test("pipelined requests are answered one after the other, in their order", async () => {
    runningMax = 0;
    const answers = await ask(...Array.from({ length: 20 }, (_, n) => requestText(INVOKE, KEEP, `"${n}"`)));
    assert.deepEqual(
      bodies(answers),
      Array.from({ length: 20 }, (_, n) => `"${n}"`),
    );
    assert.equal(runningMax, 1);
    assert.equal(answers.match(/Connection: close/g)?.length, 1);
  });

  test("a connection goes on at node:http with the first request that is not plain, and loses none", async () => {
    const chunked = `${requestText(INVOKE, { ...KEEP, "transfer-encoding": "chunked" })}3\r\n"b"\r\n0\r\n\r\n`;
    const answers = await ask(requestText(INVOKE, KEEP, '"a"'), chunked, requestText(INVOKE, KEEP, '"c"'), requestText(INVOKE, {}, '"d"'));
    assert.deepEqual(bodies(answers), ['"a"', '"b"', '"c"', '"d"']);
  });

  test("a request that comes byte by byte is answered", async () => {
    const socket = connect({ port: gateway.port, host: "127.0.0.1", noDelay: true });
    for (const byte of requestText(INVOKE, {}, '"slow"')) {
      socket.write(byte);
      await turn();
    }
    assert.deepEqual(bodies(await text(socket)), ['"slow"']);
  });

  test("a large body behind a small one is taken", async () => {
    const large = `"${"x".repeat(1_000_000)}"`;
    assert.deepEqual(bodies(await ask(requestText(INVOKE, KEEP, "1"), requestText(INVOKE, {}, large))), ["1", large]);
  });

  test("an expectation is met", async () => {
    const answers = await ask(requestText(INVOKE, KEEP, "1"), requestText(INVOKE, { expect: "100-continue" }, "2"));
    assert.match(answers, /HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK[\s\S]*\r\n\r\n2$/);
  });

  test("a request that is cut short is answered 400, and is no failure of ours", async () => {
    assert.match(await ask(requestText(INVOKE, KEEP, "123456").slice(0, -3)), /^HTTP\/1\.1 400 Bad Request/);
    assert.deepEqual(gateway.failures, []);
  });

  test("a second request cannot be hidden in the first", async () => {
    const hidden = requestText("GET /_lambent/nothing");
    const smuggled = requestText(INVOKE, { "content-length": "5", "transfer-encoding": "chunked" }, `0\r\n\r\n${hidden}`);
    const answers = await ask(requestText(INVOKE, KEEP, "1"), smuggled);
    assert.equal(answers.match(/HTTP\/1\.1 /g)?.length, 2);
    assert.match(answers, /HTTP\/1\.1 400 Bad Request/);
  });

  test("a stream is sent in chunks, or as long as it was announced", async () => {
    const chunks = await ask(requestText("GET /_lambent/stream", KEEP), requestText("GET /_lambent/length", KEEP));
    assert.match(
      chunks,
      /transfer-encoding: chunked[\s\S]*\r\n\r\n6\r\nfirst,\r\n6\r\nsecond\r\n0\r\n\r\nHTTP\/1\.1 200 OK\r\ncontent-length: 12\r\n/,
    );
    assert.match(chunks, /\r\n\r\nfirst,second$/);
  });

  test("a stream that is shorter than was announced ends the connection", async () => {
    const answer = await ask(requestText("GET /_lambent/short", KEEP), requestText(INVOKE, KEEP, "1")).catch(() => "");
    assert.doesNotMatch(answer, /\r\n\r\n1$/);
    assert.match(String(gateway.failures.splice(0)), /13 bytes was announced/);
  });

  test("204 has neither body nor length", async () => {
    const answer = await ask(requestText("GET /_lambent/nothing", KEEP));
    assert.match(answer, /^HTTP\/1\.1 204 No Content\r\nDate: [\s\S]*\r\n\r\n$/);
    assert.doesNotMatch(answer, /content-length|not sent/);
  });

  test("a header that would end another is not sent", async () => {
    const context = Buffer.from("{}").toString("base64");
    const answer = await ask(requestText(INVOKE, { ...KEEP, "x-amz-client-context": context }, "1")).catch(() => "");
    assert.equal(answer, "");
    assert.match(String(gateway.failures.splice(0)), /x-odd/);
  });

  test("a caller that does not read its answers is not served more of them", async () => {
    const socket: Socket = connect({ port: gateway.port, host: "127.0.0.1" });
    socket.pause();
    const before = process.memoryUsage().arrayBuffers;
    socket.write(requestText("GET /_lambent/large", KEEP).repeat(500));
    await ask(requestText("GET /_lambent/large", KEEP)); // as long as the others may take
    const grown = process.memoryUsage().arrayBuffers - before;
    socket.destroy();
    assert.ok(grown < 50_000_000, `${grown} bytes wait for a caller that does not read`);
  });

  test("what a caller sends behind a request that is being answered is not taken into memory", async () => {
    const socket: Socket = connect({ port: gateway.port, host: "127.0.0.1" });
    socket.write(requestText(`${INVOKE}?Qualifier=held`, KEEP, "1"));
    socket.write(Buffer.from(requestText(INVOKE, KEEP, "2").repeat(100_000)));
    for (let n = 0; n < 20; n++) await ask(requestText("GET /_lambent/large", KEEP)); // the server reads wherever it may
    const unread = socket.writableLength;
    socket.destroy();
    held.resolve();
    assert.ok(unread > 5_000_000, `only ${unread} bytes were left in the kernel's hands`);
  });

  test("closing ends idle connections at once, and running ones with their answer", async () => {
    const other = await openGateway({ lambda: { operations: { Invoke: echo }, context: undefined } });
    const idle = connect({ port: other.port, host: "127.0.0.1" });
    idle.write(requestText(INVOKE, KEEP, "1"));
    await new Promise((resolve) => idle.once("data", resolve));
    await Promise.all([other.close(), text(idle)]);
  });
});
