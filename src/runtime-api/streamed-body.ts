// Hands a request's body on while it comes, and stops reading it while whoever takes it has no room.

import { type BodySink, OVERRUN_BYTES_MAX } from "./body-collector.ts";
import type { Exchange } from "./connection.ts";
import type { Headers } from "./request-head.ts";
import type { ResponseSink } from "./runtime-event.ts";

export interface StreamEnds {
  end(trailers: Headers): void;
  cut(): void;
  /** Called once, as soon as the limit is passed; neither `end` nor `cut` is called then. What came before it has been handed on. */
  tooLarge(): void;
  /** The rest after tooLarge was read (or was endless: `isWhole` false). */
  overrunEnded(isWhole: boolean): void;
}

export class StreamedBody implements BodySink {
  readonly #to: ResponseSink;
  readonly #exchange: Exchange;
  readonly #ends: StreamEnds;
  readonly #onRoom: () => void;
  #bytes = 0;

  constructor(to: ResponseSink, exchange: Exchange, ends: StreamEnds) {
    this.#to = to;
    this.#exchange = exchange;
    this.#ends = ends;
    this.#onRoom = () => exchange.resume();
  }

  take(bytes: Buffer): void {
    const left = this.#to.bytesMax - this.#bytes;
    this.#bytes += bytes.length;
    if (left >= bytes.length) this.#hand(bytes);
    else this.#overrun(bytes, left);
  }

  end(trailers: Headers): void {
    if (this.#isOver) this.#ends.overrunEnded(true);
    else this.#ends.end(trailers);
  }

  cut(): void {
    if (!this.#isOver) this.#ends.cut();
  }

  get #isOver(): boolean {
    return this.#bytes > this.#to.bytesMax;
  }

  #hand(bytes: Buffer): void {
    if (!this.#to.write(bytes, this.#onRoom)) this.#exchange.pause();
  }

  #overrun(bytes: Buffer, left: number): void {
    if (left >= 0) {
      this.#to.write(bytes.subarray(0, left), () => {});
      this.#ends.tooLarge();
    }
    if (this.#bytes > this.#to.bytesMax + OVERRUN_BYTES_MAX) this.#ends.overrunEnded(false);
  }
}
