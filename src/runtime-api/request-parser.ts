// Cuts a connection's bytes into HTTP/1.1 requests. Body bytes are handed on as views of what the socket read: never parsed, never copied here.
//
//   head ──▶ (length N | chunk size ⇄ chunk data ⇄ chunk end … trailers) ──▶ answering ──ready()──▶ head
//
// One request at a time: bytes of the next one wait until ready(), which is how pipelined requests are answered in order.

import { FieldNames, type Headers, HeadReader, MalformedRequest, noHeaders, type RequestHead, readFields } from "./request-head.ts";
import { TextBuffer } from "./text-buffer.ts";

export interface RequestListener {
  onHead(head: RequestHead): void;
  onBody(bytes: Buffer): void;
  onEnd(trailers: Headers): void;
}

type Step = "head" | "length" | "chunk-size" | "chunk-data" | "chunk-end" | "trailers" | "answering";

/** Room for Lambda-Runtime-Function-XRay-Error-Cause (64 kB) and the base64 error body of a streaming trailer. */
const HEAD_BYTES_MAX = 256 * 1024;
const CHUNK_LINE_BYTES_MAX = 1024;
const CHUNK_SIZE = /^([0-9a-fA-F]{1,12})[ \t]*(?:;[^\r\n]*)?$/;
const nothing = Buffer.alloc(0);

export class RequestParser {
  readonly #listener: RequestListener;
  readonly #text = new TextBuffer();
  readonly #heads = new HeadReader();
  #step: Step = "head";
  #leftBytes = 0;
  #trailers = "";
  #waiting: Buffer = nothing;
  #isRunning = false;

  constructor(listener: RequestListener) {
    this.#listener = listener;
  }

  /** Bytes that came after the request being answered. */
  get waitingBytes(): number {
    return this.#waiting.length;
  }

  /** Throws MalformedRequest; after that the parser is of no further use. */
  feed(bytes: Buffer): void {
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
    this.#run();
  }

  /** The request was answered: the next one may be read. May be called from within onEnd. */
  ready(): void {
    this.#step = "head";
    this.#run();
  }

  /** A loop, not a recursion: waiting bytes may hold a thousand requests that are each answered at once. */
  #run(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    try {
      while (this.#waiting.length > 0 && this.#step !== "answering") this.#waiting = this.#take(this.#waiting);
    } finally {
      this.#isRunning = false;
    }
  }

  #take(bytes: Buffer): Buffer {
    switch (this.#step) {
      case "head":
        return this.#takeHead(bytes);
      case "length":
      case "chunk-data":
        return this.#takeData(bytes);
      case "chunk-size":
        return this.#takeLine(bytes, CHUNK_LINE_BYTES_MAX, (line) => this.#startChunk(line));
      case "chunk-end":
        return this.#takeLine(bytes, CHUNK_LINE_BYTES_MAX, (line) => this.#endChunk(line));
      case "trailers":
        return this.#takeLine(bytes, HEAD_BYTES_MAX, (line) => this.#endLineOfTrailers(line));
      default:
        return bytes;
    }
  }

  #takeHead(bytes: Buffer): Buffer {
    const start = this.#text.isEmpty ? afterEmptyLines(bytes) : 0;
    if (start === bytes.length) return nothing;
    const taken = this.#text.takeUntil(start === 0 ? bytes : bytes.subarray(start), "\r\n\r\n", HEAD_BYTES_MAX);
    if (taken === undefined) return nothing;
    const head = this.#heads.read(taken.text);
    this.#leftBytes = head.body === "chunked" ? 0 : head.body;
    this.#step = head.body === "chunked" ? "chunk-size" : "length";
    this.#listener.onHead(head);
    if (head.body === 0) this.#finish(noHeaders);
    return taken.rest;
  }

  #takeData(bytes: Buffer): Buffer {
    const data = bytes.length <= this.#leftBytes ? bytes : bytes.subarray(0, this.#leftBytes);
    this.#leftBytes -= data.length;
    this.#listener.onBody(data);
    if (this.#leftBytes === 0) {
      if (this.#step === "length") this.#finish(noHeaders);
      else this.#step = "chunk-end";
    }
    return data.length === bytes.length ? nothing : bytes.subarray(data.length);
  }

  #takeLine(bytes: Buffer, bytesMax: number, use: (line: string) => void): Buffer {
    const taken = this.#text.takeUntil(bytes, "\r\n", bytesMax);
    if (taken === undefined) return nothing;
    use(taken.text);
    return taken.rest;
  }

  #startChunk(line: string): void {
    const size = CHUNK_SIZE.exec(line);
    if (size === null) throw new MalformedRequest(400, "a chunk has no valid size");
    this.#leftBytes = Number.parseInt(size[1]!, 16);
    this.#step = this.#leftBytes === 0 ? "trailers" : "chunk-data";
  }

  #endChunk(line: string): void {
    if (line !== "") throw new MalformedRequest(400, "a chunk is longer than its size");
    this.#step = "chunk-size";
  }

  #endLineOfTrailers(line: string): void {
    if (line === "") {
      this.#finish(this.#trailers === "" ? noHeaders : readFields(this.#trailers, new FieldNames()));
      this.#trailers = "";
    } else {
      this.#trailers += `${line}\r\n`;
      if (this.#trailers.length > HEAD_BYTES_MAX) throw new MalformedRequest(431, "trailers too long");
    }
  }

  #finish(trailers: Headers): void {
    this.#step = "answering";
    this.#listener.onEnd(trailers);
  }
}

/** Clients may send an empty line before a request (RFC 9112 §2.2). */
function afterEmptyLines(bytes: Buffer): number {
  let at = 0;
  while (at < bytes.length && (bytes[at] === 13 || bytes[at] === 10)) at++;
  return at;
}
