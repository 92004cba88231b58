// Writes answers as node:http would, in as few pieces as possible: each costs a call of the kernel.

import type { Socket } from "node:net";
import { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Clock } from "../../lib/clock.ts";
import { STATUS_CODES } from "../../lib/http.ts";
import { bufferOf, type WireResponse } from "../../wire/message.ts";

/** Up to here a body is copied behind the head. */
const JOIN_BYTES_MAX = 16 * 1024;
const NAME = /^[\w!#$%&'*+\-.^`|~]+$/;
/** Of those that nearly every answer has, nobody need ask. */
const KNOWN_NAMES: ReadonlySet<string> = new Set([
  "content-type",
  "x-amz-executed-version",
  "x-amz-function-error",
  "x-amz-log-result",
  "x-amzn-remapped-content-length",
  "x-amzn-requestid",
  "x-amzn-trace-id",
]);
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/;

/** The head's lines that every answer of one server ends with. */
export class ClosingLines {
  readonly #clock: Clock;
  readonly #keepAlive: string;
  #date = "";
  #second = 0;

  /** Infinity: it says nothing of how long a connection may be idle. */
  constructor(clock: Clock, idleMsMax: number) {
    this.#clock = clock;
    const hint = Number.isFinite(idleMsMax) ? `Keep-Alive: timeout=${Math.floor(idleMsMax / 1000)}\r\n` : "";
    this.#keepAlive = `Connection: keep-alive\r\n${hint}\r\n`;
  }

  for(isLast: boolean): string {
    return this.#dateLine() + (isLast ? "Connection: close\r\n\r\n" : this.#keepAlive);
  }

  #dateLine(): string {
    const nowMs = this.#clock.nowMs();
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#date = `Date: ${new Date(nowMs).toUTCString()}\r\n`;
    }
    return this.#date;
  }
}

/** Throws TypeError where a header cannot be sent; then nothing is. */
export function writeAnswer(socket: Socket, answer: WireResponse, closing: string): Promise<void> | undefined {
  const { status, body } = answer;
  if (status === 204 || status === 304) socket.write(headOf(answer, "") + closing, "latin1");
  else if (typeof body === "string") writeWhole(socket, answer, Buffer.from(body, "utf8"), closing);
  else if (body instanceof Uint8Array) writeWhole(socket, answer, bufferOf(body), closing);
  else return writeStream(socket, answer, body, closing);
  return undefined;
}

function writeWhole(socket: Socket, answer: WireResponse, body: Buffer, closing: string): void {
  const length = answer.headers["content-length"] === undefined ? `content-length: ${body.length}\r\n` : "";
  const head = headOf(answer, length) + closing;
  if (body.length <= JOIN_BYTES_MAX) {
    socket.write(head + body.toString("latin1"), "latin1"); // no byte is lost in Latin-1
    return;
  }
  socket.cork();
  socket.write(head, "latin1");
  socket.write(body);
  socket.uncork();
}

/** Resolves when all is with the kernel; the caller's end fails it as one of node:http's responses is failed. */
async function writeStream(socket: Socket, answer: WireResponse, body: AsyncIterable<Uint8Array>, closing: string): Promise<void> {
  const announced = answer.headers["content-length"];
  socket.write(headOf(answer, announced === undefined ? "transfer-encoding: chunked\r\n" : "") + closing, "latin1");
  const output = announced === undefined ? chunksTo(socket) : bytesTo(socket, Number(announced));
  const cut = () => output.destroy();
  socket.once("close", cut);
  try {
    await pipeline(Readable.from(body, { objectMode: true, highWaterMark: 1 }), output);
  } finally {
    socket.off("close", cut);
  }
}

function chunksTo(socket: Socket): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (chunk.length === 0) return done(); // an empty chunk is the end
      socket.cork();
      socket.write(`${chunk.length.toString(16)}\r\n`, "latin1");
      socket.write(chunk);
      socket.write("\r\n", "latin1", done);
      socket.uncork();
    },
    final(done) {
      socket.write("0\r\n\r\n", "latin1", done);
    },
  });
}

/** Fails where the source has not what was announced: the connection could not go on. */
function bytesTo(socket: Socket, announced: number): Writable {
  let left = announced;
  const mismatch = () => new Error(`a body of ${announced} bytes was announced, and its source has others`);
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(mismatch());
      else socket.write(chunk, done);
    },
    final: (done) => done(left === 0 ? null : mismatch()),
  });
}

function headOf({ status, headers, cookies }: WireResponse, framing: string): string {
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
  for (const name in headers) text += fieldOf(name, headers[name]!);
  if (cookies !== undefined) for (const cookie of cookies) text += fieldOf("set-cookie", cookie);
  return text + framing;
}

function fieldOf(name: string, value: string): string {
  if (!(KNOWN_NAMES.has(name) || NAME.test(name)) || UNSENDABLE.test(value))
    throw new TypeError(`the header ${JSON.stringify(name)} cannot be sent`);
  return `${name}: ${value}\r\n`;
}
