// The stream that a streaming handler writes its answer to, and the prelude of HTTP answers.

"use strict";

const { Writable } = require("node:stream");
const { RuntimeError } = require("./errors.cjs");

const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const PRELUDE_END = Buffer.alloc(8);

/** awslambda.HttpResponseStream: status code, headers and cookies go ahead of the body, ended by eight zero bytes. */
const HttpResponseStream = {
  from(stream, prelude) {
    stream.setContentType(PRELUDE_TYPE);
    const text = JSON.stringify(prelude);
    // The property that AWS's runtime uses: wrappers of streams in the wild know it.
    stream._onBeforeFirstWrite = (write) => {
      write(text);
      write(PRELUDE_END);
    };
    return stream;
  },
};

class ResponseStream extends Writable {
  #open;
  #wire;
  #contentType = "application/octet-stream";

  /** `open(contentType)` begins the answer: see RuntimeApi.openStream. It is called at the first byte. */
  constructor(open, highWaterMark) {
    super({ highWaterMark, decodeStrings: true });
    this.#open = open;
  }

  setContentType(contentType) {
    if (this.#wire !== undefined) throw new RuntimeError("InvalidStreamingOperation", "Cannot set content-type, too late.");
    this.#contentType = contentType;
  }

  /** Anything that is neither text nor bytes is sent as JSON. */
  write(chunk, ...rest) {
    const sendable = typeof chunk === "string" || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk);
    return super.write(sendable, ...rest);
  }

  _write(chunk, _encoding, done) {
    this.#begin().write(chunk, done);
  }

  /** What was written while the socket was busy goes out as one piece. */
  _writev(writes, done) {
    this.#begin().write(Buffer.concat(writes.map(({ chunk }) => chunk)), done);
  }

  _final(done) {
    this.#begin();
    done();
  }

  /** Closes the answer after what was written; resolves when the platform has taken it. `error` travels in trailers. */
  async close(error) {
    if (!this.writableEnded && !this.destroyed) this.end();
    if (!this.writableFinished && !this.destroyed) await new Promise((done) => this.once("finish", done).once("close", done));
    await this.#begin().end(error);
  }

  #begin() {
    if (this.#wire === undefined) {
      this.#wire = this.#open(this.#contentType);
      this._onBeforeFirstWrite?.((part) => this.#wire.write(Buffer.from(part), () => {}));
    }
    return this.#wire;
  }
}

module.exports = { HttpResponseStream, ResponseStream };
