// The Runtime API over one keep-alive socket, by hand: node:http would cost more than most functions do.
//
//   → GET  /2018-06-01/runtime/invocation/next             ← 200, the event
//   → POST /2018-06-01/runtime/invocation/{id}/response    ← 202      (sent together with the following GET: one write, one wake-up)
//
// The socket holds the event loop open only while an event is awaited: a function that left nothing to wait for must be noticed.

"use strict";

const net = require("node:net");
const { AnswerReader } = require("./answer-reader.cjs");

const BASE = "/2018-06-01/runtime";
const READ_BYTES = 65_536;
const ERROR_TYPE = /^(Runtime|Function)\.[A-Za-z]+$/;

class RuntimeApi {
  #host;
  #port;
  #socket;
  #reader;
  /** Who gets the answers, in the order of the requests. `event` marks a /next, which may be asked again after a lost connection. */
  #waiting = [];
  #next;

  constructor(address) {
    const colon = address.lastIndexOf(":");
    this.#host = address.slice(0, colon);
    this.#port = Number(address.slice(colon + 1));
    this.#next = `GET ${BASE}/invocation/next HTTP/1.1\r\nhost: ${address}\r\n\r\n`;
    this.#connect();
  }

  /** Resolves to {headers, body}: header names in lower case, the body as text. */
  next() {
    this.#socket.write(this.#next);
    return this.#expectEvent();
  }

  /** Answers an invocation with JSON text. */
  respond(id, json) {
    this.#socket.write(this.#response(id, json));
    this.#expect();
  }

  /** The same, and asks for the next event. */
  respondAndNext(id, json) {
    this.#socket.write(this.#response(id, json) + this.#next);
    this.#expect();
    return this.#expectEvent();
  }

  failAndNext(id, error) {
    this.#socket.write(this.#failure(`/invocation/${id}/error`, error) + this.#next);
    this.#expect();
    return this.#expectEvent();
  }

  /** Resolves when the platform has taken the error. */
  fail(id, error) {
    this.#socket.write(this.#failure(`/invocation/${id}/error`, error));
    return this.#expectHeld();
  }

  failInit(error) {
    this.#socket.write(this.#failure("/init/error", error));
    return this.#expectHeld();
  }

  /** A streamed answer: `write` frames and sends bytes, `end` closes it, with trailers when the function failed midway. */
  openStream(id, contentType) {
    const socket = this.#socket;
    socket.ref();
    socket.write(
      `POST ${BASE}/invocation/${id}/response HTTP/1.1\r\nhost: ${this.#host}\r\ncontent-type: ${contentType}\r\n` +
        "lambda-runtime-function-response-mode: streaming\r\ntransfer-encoding: chunked\r\n" +
        "trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n\r\n",
    );
    let ended = false;
    return {
      write(bytes, done) {
        if (bytes.length === 0 || ended) return done();
        socket.cork();
        socket.write(`${bytes.length.toString(16)}\r\n`);
        socket.write(bytes);
        socket.write("\r\n", done);
        socket.uncork();
      },
      end: (error) => {
        ended = true;
        socket.write(`0\r\n${error ? trailers(error) : ""}\r\n`);
        return this.#expectHeld();
      },
    };
  }

  #head(path, body, headers) {
    return `POST ${BASE}${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  }

  #response(id, json) {
    return this.#head(`/invocation/${id}/response`, json, "content-type: application/json\r\n") + json;
  }

  #failure(path, error) {
    const body = JSON.stringify(error);
    const type = ERROR_TYPE.test(error.errorType) ? error.errorType : "Unhandled";
    return this.#head(path, body, `content-type: application/json\r\nlambda-runtime-function-error-type: ${type}\r\n`) + body;
  }

  #expect() {
    this.#waiting.push({ event: false, take() {} });
  }

  #expectHeld() {
    this.#socket.ref();
    return new Promise((take) => this.#waiting.push({ event: false, take }));
  }

  #expectEvent() {
    this.#socket.ref();
    return new Promise((take) => this.#waiting.push({ event: true, take }));
  }

  #connect() {
    this.#reader = new AnswerReader((answer) => this.#deliver(answer));
    const onread = { buffer: Buffer.allocUnsafe(READ_BYTES), callback: (length, buffer) => this.#reader.read(buffer, length) };
    this.#socket = net.connect({ host: this.#host, port: this.#port, noDelay: true, onread });
    this.#socket.on("error", () => {}); // "close" follows and decides
    this.#socket.on("close", () => this.#reconnect());
    this.#socket.unref();
  }

  #deliver(answer) {
    const { take } = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#socket.unref();
    take(answer);
  }

  /** The platform may close a connection after it refused an answer; a /next that it has not seen is asked again. Anything else is its end. */
  #reconnect() {
    const last = this.#waiting.pop();
    if (last !== undefined && !(last.event && this.#reader.began)) process.exit(1);
    for (const { take } of this.#waiting.splice(0)) take(undefined);
    this.#connect();
    if (last === undefined) return;
    this.#socket.ref();
    this.#socket.write(this.#next);
    this.#waiting.push(last);
  }
}

function trailers(error) {
  const type = String(error.errorType).replace(/[^\x20-\x7e]/g, "?");
  const body = Buffer.from(JSON.stringify(error)).toString("base64");
  return `lambda-runtime-function-error-type: ${type}\r\nlambda-runtime-function-error-body: ${body}\r\n`;
}

module.exports = { RuntimeApi };
