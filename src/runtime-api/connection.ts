// One connection of a runtime: requests come in through the parser, are routed, and answered in order. It lives as long as the runtime keeps it:
// a parked /next may wait for hours, so there is no time-out, and the function's own deadline ends what hangs.

import type { Socket } from "node:net";
import { takeBytes } from "../lib/direct-socket.ts";
import { type Answer, refusal, render } from "./answer.ts";
import type { BodySink } from "./body-collector.ts";
import { type Headers, MalformedRequest, type RequestHead } from "./request-head.ts";
import { RequestParser } from "./request-parser.ts";

/** One request and the way to answer it, once. */
export interface Exchange {
  readonly head: RequestHead;
  answer(answer: Answer): void;
  /** Answers and ends the connection, for a request whose body will not be read to its end. */
  answerAndClose(answer: Answer): void;
  /** A rendered head, a character for each of its bytes, and the payload behind it. */
  answerRaw(head: string, payload: Uint8Array): void;
  /** Called if the connection ends before the answer. */
  onGone(call: () => void): void;
  /** No more of the request is read than has come already, until resume(). */
  pause(): void;
  resume(): void;
}

export type Router = (exchange: Exchange) => BodySink;

/** Pipelined bytes beyond this wait in the kernel. */
const WAITING_BYTES_MAX = 64 * 1024;
/** Answers that a client does not read; an event of 6 MB fits in. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;
/** Up to here one write of a joined buffer costs less than a gathered one. */
const JOIN_BYTES_MAX = 16 * 1024;

/** It is the exchange of the request that it has read last: there is one at a time. */
export class Connection implements Exchange {
  readonly #socket: Socket;
  readonly #route: Router;
  readonly #parser: RequestParser;
  #head: RequestHead | undefined;
  #sink: BodySink | undefined;
  #gone: (() => void) | undefined;
  #keepAlive = true;
  #isAnswered = true;
  #isRead = true;
  #isClosed = false;

  constructor(socket: Socket, route: Router) {
    this.#socket = socket;
    this.#route = route;
    this.#parser = new RequestParser({
      onHead: (head) => this.#open(head),
      onBody: (bytes) => this.#sink?.take(bytes),
      onEnd: (trailers) => this.#read(trailers),
    });
    socket.allowHalfOpen = true; // so that a request cut short can still be told so
    takeBytes(socket, (bytes) => this.#feed(bytes));
    socket.on("end", () => this.#end());
    socket.on("error", () => {}); // "close" follows
    socket.on("close", () => this.#end());
  }

  destroy(): void {
    this.#socket.destroy();
    this.#end();
  }

  // ── the exchange under way ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  get head(): RequestHead {
    return this.#head!;
  }

  answer(answer: Answer): void {
    if (!this.#mayAnswer()) return;
    if (answer.prepared !== undefined && this.#keepAlive) this.#write(answer.prepared, "latin1");
    else this.#write(render(answer, { close: !this.#keepAlive }), "utf8");
    this.#answered();
  }

  answerAndClose(answer: Answer): void {
    this.#keepAlive = false;
    this.answer(answer);
    this.#end();
  }

  answerRaw(head: string, payload: Uint8Array): void {
    if (!this.#mayAnswer()) return;
    this.#writeEvent(head, payload);
    this.#answered();
  }

  onGone(call: () => void): void {
    this.#gone = call;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.#socket.isPaused() && this.#parser.waitingBytes <= WAITING_BYTES_MAX) this.#socket.resume();
  }

  #mayAnswer(): boolean {
    return !this.#isAnswered && !this.#isClosed;
  }

  #answered(): void {
    this.#gone = undefined;
    this.#isAnswered = true;
    if (this.#isRead) this.#turn();
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

  #feed(bytes: Buffer): void {
    if (this.#isClosed) return;
    try {
      this.#parser.feed(bytes);
    } catch (error) {
      this.#refuse(error);
    }
    if (this.#parser.waitingBytes > WAITING_BYTES_MAX) this.#socket.pause();
    if (this.#socket.writableLength > UNREAD_BYTES_MAX) this.destroy();
  }

  #refuse(error: unknown): void {
    if (!(error instanceof MalformedRequest)) throw error;
    this.#write(render(refusal(error.status, "InvalidRequest", error.message), { close: true }), "utf8");
    this.#end();
  }

  #open(head: RequestHead): void {
    this.#head = head;
    this.#keepAlive = head.keepAlive;
    this.#isAnswered = false;
    this.#isRead = false;
    this.#sink = this.#route(this);
    if (head.expectContinue && !this.#isAnswered) this.#write("HTTP/1.1 100 Continue\r\n\r\n", "latin1");
  }

  #read(trailers: Headers): void {
    const wasAnswered = this.#isAnswered;
    this.#isRead = true;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.end(trailers);
    if (wasAnswered) this.#turn(); // else #answer does it, now or later
  }

  /** Request read and answered: on to the next one, or to the end. */
  #turn(): void {
    if (!this.#keepAlive) this.#end();
    else if (!this.#isClosed) this.#next();
    this.resume();
  }

  #next(): void {
    try {
      this.#parser.ready();
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** The first end wins, whoever causes it. A body that is not whole by now never will be. */
  #end(): void {
    if (this.#isClosed) return;
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.cut();
    this.#isClosed = true;
    this.#socket.destroySoon();
    const gone = this.#gone;
    this.#gone = undefined;
    gone?.();
  }

  #write(text: string, encoding: "latin1" | "utf8"): void {
    if (this.#socket.writable) this.#socket.write(text, encoding);
  }

  #writeEvent(head: string, payload: Uint8Array): void {
    if (!this.#socket.writable) return;
    if (payload.length <= JOIN_BYTES_MAX) {
      this.#socket.write(head + textOf(payload), "latin1");
      return;
    }
    this.#socket.cork();
    this.#socket.write(head, "latin1");
    this.#socket.write(payload);
    this.#socket.uncork();
  }
}

/** No byte is lost in Latin-1, and Node puts a string together with less effort than a buffer. */
function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString("latin1");
}
