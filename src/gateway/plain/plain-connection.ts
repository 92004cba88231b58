// One connection as long as all that comes over it is plain: requests are read, served and answered one after the other. The first bytes that
// are not go, with the connection, to node:http and stay there.
//
// Discipline: at most one exchange at a time; what is read meanwhile waits. After #leave() nothing here touches the socket.

import type { Socket } from "node:net";
import { leaveBytes, takeBytes } from "../../lib/direct-socket.ts";
import type { WireResponse } from "../../wire/message.ts";
import { askAgainAndAgain } from "../half-open.ts";
import { type ClosingLines, writeAnswer } from "./plain-answer.ts";
import { PlainExchange } from "./plain-exchange.ts";
import type { PlainReader, PlainRequest } from "./plain-reader.ts";

export interface ConnectionParts {
  readonly reader: PlainReader;
  readonly closing: ClosingLines;
  serve(exchange: PlainExchange, socket: Socket): void;
  handOver(left: Left): void;
  /** The connection has ended, or was handed over. */
  onLeft(connection: PlainConnection): void;
}

/** What goes to node:http: the connection, what was read of it and not understood, and whether that was the last of it. */
export interface Left {
  readonly socket: Socket;
  readonly bytes: Buffer;
  readonly isReadToEnd: boolean;
}

/** A request that comes in more pieces goes to node:http, which does not begin anew with each. */
const PIECES_MAX = 4;
/** Pipelined bytes beyond it wait in the kernel. */
const WAITING_BYTES_MAX = 64 * 1024;
const nothing = Buffer.alloc(0);

export class PlainConnection {
  readonly socket: Socket;
  /** Since when, by performance.now(), nothing was read and nothing answered. */
  quietSinceMs = performance.now();
  readonly #parts: ConnectionParts;
  #exchange: PlainExchange | undefined;
  #waiting: Buffer = nothing;
  #pieces = 0;
  #isReadToEnd = false;
  #stopAsking = () => {};
  readonly #onData = (bytes: Buffer) => this.#take(bytes);
  readonly #onEnd = () => this.#ended();
  readonly #onClose = () => this.#closed();
  readonly #onError = () => {}; // "close" follows

  constructor(socket: Socket, parts: ConnectionParts) {
    this.socket = socket;
    this.#parts = parts;
    takeBytes(socket, this.#onData);
    socket.on("end", this.#onEnd).on("close", this.#onClose).on("error", this.#onError);
  }

  get isServing(): boolean {
    return this.#exchange !== undefined;
  }

  /** Part of a request has come, and all answers have gone. */
  get isAwaitingMore(): boolean {
    return this.#exchange === undefined && this.#waiting.length > 0 && !this.socket.writableNeedDrain;
  }

  handOver(): void {
    const left = { socket: this.socket, bytes: this.#waiting, isReadToEnd: this.#isReadToEnd };
    this.#leave();
    this.#parts.handOver(left);
  }

  write(answer: WireResponse, isLast: boolean): Promise<void> | undefined {
    this.#stopAsking();
    const isEnd = isLast || (this.#isReadToEnd && this.#waiting.length === 0);
    return writeAnswer(this.socket, answer, this.#parts.closing.for(isEnd));
  }

  /** Answered: on to the next request, or to the end. */
  turn(isLast: boolean): void {
    this.#exchange = undefined;
    this.quietSinceMs = performance.now();
    if (isLast || (this.#isReadToEnd && this.#waiting.length === 0)) this.socket.destroySoon();
    else if (this.#waiting.length > 0 || this.socket.writableNeedDrain || this.socket.isPaused()) this.#goOn();
  }

  /** A client that does not read its answers gets no more of them. */
  #goOn(): void {
    if (this.socket.writableNeedDrain) {
      this.socket.pause();
      this.socket.once("drain", () => this.#goOn());
      return;
    }
    this.#next();
    if (this.#waiting.length <= WAITING_BYTES_MAX) this.socket.resume();
  }

  #take(bytes: Buffer): void {
    this.quietSinceMs = performance.now();
    this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
    if (this.#exchange === undefined) this.#next();
    else if (this.#waiting.length > WAITING_BYTES_MAX) this.socket.pause();
  }

  #next(): void {
    if (this.#waiting.length === 0 || this.#exchange !== undefined) return;
    const request = this.#parts.reader.read(this.#waiting);
    if (request === undefined) this.handOver();
    else if (request !== "more") this.#serve(request);
    else if (this.#isReadToEnd || ++this.#pieces >= PIECES_MAX) this.handOver();
  }

  #serve(request: PlainRequest): void {
    this.#waiting = request.rest;
    this.#pieces = 0;
    this.#exchange = new PlainExchange(request, this);
    this.#parts.serve(this.#exchange, this.socket);
  }

  /** The caller has closed its writing side; it may still want to read. */
  #ended(): void {
    this.#isReadToEnd = true;
    if (this.#exchange !== undefined)
      this.#stopAsking = askAgainAndAgain(() => this.socket.write("HTTP/1.1 102 Processing\r\n\r\n", "latin1"));
    else if (this.#waiting.length > 0) this.handOver();
    else this.socket.end();
  }

  #closed(): void {
    const exchange = this.#exchange;
    this.#leave();
    exchange?.lose();
  }

  #leave(): void {
    this.#stopAsking();
    this.#exchange = undefined;
    this.#waiting = nothing;
    const { socket } = this;
    leaveBytes(socket, this.#onData);
    socket.off("end", this.#onEnd).off("close", this.#onClose).off("error", this.#onError);
    this.#parts.onLeft(this);
  }
}
