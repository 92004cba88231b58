import assert from "node:assert/strict";
import { test } from "node:test";
import { type Headers, MalformedRequest, type RequestHead } from "../../src/runtime-api/request-head.ts";
import { RequestParser } from "../../src/runtime-api/request-parser.ts";

interface Parsed {
  readonly head: RequestHead;
  body: string;
  trailers?: Headers;
}

/** Feeds the text in pieces of `step` bytes and answers each request at once. */
function parse(text: string, step = text.length): Parsed[] {
  const requests: Parsed[] = [];
  const parser = new RequestParser({
    onHead: (head) => requests.push({ head, body: "" }),
    onBody: (bytes) => {
      requests.at(-1)!.body += bytes.toString("latin1");
    },
    onEnd: (trailers) => {
      requests.at(-1)!.trailers = trailers;
      parser.ready();
    },
  });
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += Math.max(step, 1)) parser.feed(bytes.subarray(at, at + step));
  return requests;
}

const chunked =
  "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n1\r\n!\r\n0\r\nX-One: 1\r\nX-Two: 2\r\n\r\n" +
  "POST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" +
  "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
  "GET /d HTTP/1.1\r\n\r\n";

for (const step of [1, 2, 3, 7, 64, 10_000]) {
  test(`requests are the same however they are cut: ${step} bytes at a time`, () => {
    const requests = parse(chunked, step);
    assert.deepEqual(
      requests.map(({ head, body, trailers }) => [head.method, head.path, body, { ...trailers }]),
      [
        ["POST", "/a", "hello!", { "x-one": "1", "x-two": "2" }],
        ["POST", "/b", "abc", {}],
        ["POST", "/c", "", {}],
        ["GET", "/d", "", {}],
      ],
    );
  });
}

for (const [what, text, status] of [
  ["no request line", "hello\r\n\r\n", 400],
  ["binary", "\x16\x03\x01\x02\0\r\n\r\n", 400],
  ["another version", "GET / HTTP/2.0\r\n\r\n", 505],
  ["a path with a space", "GET /a b HTTP/1.1\r\n\r\n", 400],
  ["a folded header", "GET / HTTP/1.1\r\nA: b\r\n c: d\r\n\r\n", 400],
  ["a space before the colon", "GET / HTTP/1.1\r\nA : b\r\n\r\n", 400],
  ["a header without a name", "GET / HTTP/1.1\r\n: b\r\n\r\n", 400],
  ["a NUL in a header", "GET / HTTP/1.1\r\nA: b\0\r\n\r\n", 400],
  ["a bare line feed in a header", "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", 400],
  ["a length and chunks", "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400],
  ["two lengths", "POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", 400],
  ["a negative length", "POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\n", 400],
  ["a hexadecimal length", "POST / HTTP/1.1\r\nContent-Length: 0x3\r\n\r\n", 400],
  ["another transfer coding", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501],
  ["another expectation", "POST / HTTP/1.1\r\nExpect: a-miracle\r\n\r\n", 417],
  ["too many headers", `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(257)}\r\n`, 431],
  ["an endless head", `GET / HTTP/1.1\r\nA: ${"b".repeat(300_000)}`, 431],
  ["a large head in one piece", `GET / HTTP/1.1\r\nA: ${"b".repeat(300_000)}\r\n\r\n`, 431],
  ["a chunk size that is no number", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfive\r\nhello\r\n", 400],
  ["a chunk longer than its size", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n", 400],
  ["an endless chunk line", `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;${"a".repeat(2000)}`, 431],
  ["endless trailers", `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n${`A: ${"b".repeat(1000)}\r\n`.repeat(300)}`, 431],
] as const) {
  test(`${what} is refused with ${status}`, () => {
    assert.throws(
      () => parse(text),
      (error: unknown) => error instanceof MalformedRequest && error.status === status,
    );
  });
}

test("what is remembered of one request is never taken for another", () => {
  const get = (value: string) => `GET /next HTTP/1.1\r\nX-Value: ${value}\r\nUser-Agent: a\r\n\r\n`;
  const post = (value: string) => `POST /r HTTP/1.1\r\nuser-agent: a\r\nX-VALUE: ${value}\r\nContent-Length: 2\r\n\r\nok`;
  const values = ["1", "1", "2", "1", "12", "1"];
  const requests = parse(values.map((value) => get(value) + post(value)).join(""));
  assert.deepEqual(
    requests.map(({ head, body }) => [head.method, head.headers["x-value"], head.headers["user-agent"], body]),
    values.flatMap((value) => [
      ["GET", value, "a", ""],
      ["POST", value, "a", "ok"],
    ]),
  );
});

test("random bytes never throw anything but MalformedRequest", () => {
  let seed = 42;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  const pieces = [
    "GET ",
    "POST /x",
    " HTTP/1.1",
    "\r\n",
    "\r\n\r\n",
    "Content-Length: 5",
    "Transfer-Encoding: chunked",
    "0",
    "5\r\nhello",
    ":",
    "\0",
    "é",
    " ",
  ];
  for (let round = 0; round < 5000; round++) {
    let text = random() < 0.7 ? "POST / HTTP/1.1\r\n" : "";
    for (let n = 0; n < 12; n++) text += pieces[Math.floor(random() * pieces.length)];
    try {
      parse(text, 1 + Math.floor(random() * 9));
    } catch (error) {
      assert.ok(error instanceof MalformedRequest, `${JSON.stringify(text)}: ${error}`);
    }
  }
});

test("a body is handed on as views of what was read", () => {
  const read = Buffer.from("POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody");
  let body: Buffer | undefined;
  const parser = new RequestParser({
    onHead: () => {},
    onBody: (bytes) => {
      body = bytes;
    },
    onEnd: () => {},
  });
  parser.feed(read);
  assert.equal(body!.buffer, read.buffer);
});
