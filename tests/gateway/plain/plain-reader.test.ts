// What our own reader takes for a plain request, node:http must take too, and read the same: no request may be one thing here and another there.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { after, before, describe, test } from "node:test";
import { PlainReader } from "../../../src/gateway/plain/plain-reader.ts";
import { originForm } from "../../../src/gateway/request-target.ts";

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, unknown>;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

const head = "POST /a?b=c HTTP/1.1\r\nHost: h\r\n";
const read = (text: string) => new PlainReader().read(Buffer.from(text, "latin1"));

for (const [what, text] of [
  ["another method", "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["HTTP/1.0", "GET / HTTP/1.0\r\nHost: h\r\n\r\n"],
  ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["a target that is a whole URL", "GET http://h/ HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["two spaces in the request line", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["an empty line before the request", "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"],
  ["no Host", "GET / HTTP/1.1\r\nA: b\r\n\r\n"],
  ["no field at all", "GET / HTTP/1.1\r\n\r\n"],
  ["chunks", `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ["a length and chunks", `${head}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc`],
  ["two lengths", `${head}Content-Length: 3\r\ncontent-length: 3\r\n\r\nabc`],
  ["a signed length", `${head}Content-Length: +3\r\n\r\nabc`],
  ["a list of lengths", `${head}Content-Length: 3, 3\r\n\r\nabc`],
  ["a hexadecimal length", `${head}Content-Length: 0x3\r\n\r\nabc`],
  ["an empty length", `${head}Content-Length:\r\n\r\n`],
  ["a large body", `${head}Content-Length: 70000\r\n\r\n`],
  ["an expectation", `${head}Expect: 100-continue\r\nContent-Length: 3\r\n\r\n`],
  ["an upgrade", `${head}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`],
  ["a connection that is to end", `${head}Connection: close\r\n\r\n`],
  ["trailers announced", `${head}TE: trailers\r\n\r\n`],
  ["a folded field", `${head}A: b\r\n c: d\r\n\r\n`],
  ["white space before the colon", `${head}A : b\r\n\r\n`],
  ["a field without a name", `${head}: b\r\n\r\n`],
  ["a line without a colon", `${head}abc\r\n\r\n`],
  ["a name with an underscore", `${head}a_b: c\r\n\r\n`],
  ["a name that JavaScript knows", `${head}__proto__: c\r\n\r\n`],
  ["a repeated field", `${head}A: b\r\na: c\r\n\r\n`],
  ["a NUL", `${head}A: b\0\r\n\r\n`],
  ["a bare line feed", `${head}A: b\nB: c\r\n\r\n`],
  ["a bare carriage return", `${head}A: b\rB: c\r\n\r\n`],
  ["a line feed at the very end of the head", "GET / HTTP/1.1\nHost: h\r\n\r\n"],
  ["a character beyond ASCII", `${head}A: \xe9\r\n\r\n`],
  ["a head that is too long", `${head}A: ${"b".repeat(20_000)}\r\n\r\n`],
  ["a head that does not end", `${head}A: ${"b".repeat(20_000)}`],
  ["too many fields", `${head}${Array.from({ length: 70 }, (_, n) => `A${n}: b\r\n`).join("")}\r\n`],
  ["TLS", "\x16\x03\x01\x02\0\x01"],
] as const) {
  test(`${what} is left to node:http`, () => assert.equal(read(text), undefined));
}

test("a request is waited for until it is whole", () => {
  const text = `${head}Content-Length: 3\r\n\r\nabc`;
  for (let length = 8; length < text.length; length++) assert.equal(read(text.slice(0, length)), "more");
  assert.equal(typeof read(text), "object");
});

describe("beside node:http", { timeout: 300_000 }, () => {
  let server: Server;
  const seenBy = new Map<number, Seen[]>();

  before(async () => {
    server = createServer({ maxHeaderSize: 64 * 1024 }, (request, response) => {
      const { method = "", url = "", headers, rawHeaders } = request;
      const seen = { method, ...originForm(url), headers, rawHeaders, body: "" };
      seenBy.set(request.socket.remotePort!, [...(seenBy.get(request.socket.remotePort!) ?? []), seen]);
      request.setEncoding("latin1").on("error", () => {}); // it was cut
      request.on("data", (part: string) => {
        seen.body += part;
      });
      request.on("end", () => response.end());
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** All that node:http makes of these bytes. */
  async function byNode(bytes: Buffer): Promise<readonly Seen[]> {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: "127.0.0.1" });
    socket.on("error", () => {}).resume();
    await once(socket, "connect");
    const port = socket.localPort!;
    socket.end(bytes);
    await once(socket, "close");
    return seenBy.get(port) ?? [];
  }

  /** All that is plain, up to the first that is not. */
  function byUs(bytes: Buffer): readonly Seen[] {
    const reader = new PlainReader();
    const all: Seen[] = [];
    for (let request = reader.read(bytes); typeof request === "object"; request = reader.read(request.rest)) {
      const { method, path, query, headers, rawHeaders } = request.head;
      all.push({ method, path, query, headers: { ...headers }, rawHeaders, body: Buffer.from(request.body).toString("latin1") });
    }
    return all;
  }

  test("2,000 requests made of plain and of odd pieces are read alike", async () => {
    let plain = 0;
    let seed = 20_260_102;
    const below = (count: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
      return (seed >>> 9) % count;
    };
    const work = async () => {
      while (plain < 2_000) {
        const bytes = Buffer.from(Array.from({ length: 1 + below(3) }, () => requestOf(below)).join(""), "latin1");
        const ours = byUs(bytes);
        if (ours.length === 0) continue;
        plain += ours.length;
        const theirs = await byNode(bytes);
        const text = JSON.stringify(bytes.toString("latin1"));
        assert.deepEqual(theirs.slice(0, ours.length), ours, text);
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
  });
});

const NAMES = ["Accept", "X-Amz-Date", "authorization", "COOKIE", "constructor", "a-b", "A1", "Range", "Content-Type", "User-Agent", "x"];
const VALUES = [
  "",
  "b",
  " b ",
  "\tb\t",
  "a, b",
  "a:b",
  '"q"',
  "{}",
  "=;",
  "a".repeat(300),
  "%00",
  "\\",
  "\x0b",
  "\x7f",
  "é",
  "a\rb",
  "a\nb",
  "\r\n c",
];
const TARGETS = ["/", "/a/b", "/?", "/?a=b", "//", "/%zz", "/a#b", "/<>\"'`{}|\\^[]", "/a?b?c", "/..", "*", "http://h/a", "/é", "/a b"];

/** Mostly plain, with one odd piece here and there. */
function requestOf(below: (count: number) => number): string {
  const pick = <T>(options: readonly T[], plain: number) => options[below(6) === 0 ? below(options.length) : below(plain)]!;
  const body = "x".repeat(below(2) * below(40));
  const fields = ["Host: h"];
  for (let n = below(6); n > 0; n--) fields.push(`${NAMES[below(NAMES.length)]}${pick([":", ": ", ":  ", " : "], 3)}${pick(VALUES, 12)}`);
  if (body !== "" || below(3) === 0)
    fields.push(
      `Content-Length: ${pick([body.length, `0${body.length}`, ` ${body.length}`, `${body.length} `, `+${body.length}`, `${body.length},`], 4)}`,
    );
  if (below(8) === 0)
    fields.push(pick(["Connection: keep-alive", "Connection: Keep-Alive", "Connection: close", "Transfer-Encoding: chunked", "TE: x"], 2));
  const end = pick(["\r\n", "\n", "\r"], 1);
  return `${pick(["POST", "GET", "PUT", "DELETE", "PATCH", "get"], 4)} ${pick(TARGETS, 10)} ${pick(["HTTP/1.1", "HTTP/1.0", "HTTP/1.2"], 1)}\r\n${fields.join("\r\n")}${end}\r\n${body}`;
}
