// Takes HTTP/1.1 answers out of a stream of bytes. The usual case, a whole answer in one read, copies nothing but the body's text.

"use strict";

const HEAD_END = Buffer.from("\r\n\r\n");

class AnswerReader {
  /** True once an answer came in whole: the peer speaks the Runtime API. */
  began = false;
  #deliver;
  #parts = [];
  #length = 0;
  /** No use in looking at the parts before they are so long together. */
  #needed = 0;

  constructor(deliver) {
    this.#deliver = deliver;
  }

  /** `buffer` belongs to the socket and is overwritten by the next read. */
  read(buffer, length) {
    this.#parts.push(buffer.subarray(0, length));
    this.#length += length;
    if (this.#length < this.#needed) {
      this.#parts[this.#parts.length - 1] = Buffer.from(buffer.subarray(0, length));
      return true;
    }
    let bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts, this.#length);
    this.#needed = 0;
    for (let answer = parse(bytes); answer !== undefined; answer = parse(bytes)) {
      if (answer.needed !== undefined) {
        this.#needed = answer.needed;
        break;
      }
      this.began = true;
      bytes = bytes.subarray(answer.end);
      this.#deliver(answer);
    }
    this.#parts = bytes.length === 0 ? [] : [Buffer.from(bytes)];
    this.#length = bytes.length;
    return true;
  }
}

/** {status, headers, body, end}, or {needed} when the length of the whole is known, or undefined. */
function parse(bytes) {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return undefined;
  const [statusLine, ...lines] = bytes.toString("utf8", 0, headEnd).split("\r\n");
  const headers = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const start = headEnd + HEAD_END.length;
  const body =
    headers["transfer-encoding"] === "chunked" ? chunked(bytes, start) : sized(bytes, start, Number(headers["content-length"] ?? 0));
  return body === undefined || body.needed !== undefined ? body : { status: Number(statusLine.slice(9, 12)), headers, ...body };
}

function sized(bytes, start, length) {
  const end = start + length;
  return bytes.length < end ? { needed: end } : { body: bytes.toString("utf8", start, end), end };
}

function chunked(bytes, start) {
  const parts = [];
  for (let at = start; ; ) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, lineEnd), 16);
    at = lineEnd + 2 + size + 2;
    if (bytes.length < at) return undefined;
    if (size === 0) return { body: Buffer.concat(parts).toString("utf8"), end: at };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
  }
}

module.exports = { AnswerReader };
