// A streamed answer between the function that writes it and the caller who reads it. It holds a bounded part of the answer: when that is full,
// the function's connection is not read any further, and the function waits.
//
//   runtime-api ──begin, write──▶ AnswerStream ──for await──▶ gateway
//
// Whoever awaits the invocation ends it. A caller that goes away does not stop the function (as on AWS): what still comes is thrown away.

import type { ResponseSink } from "../runtime-api/runtime-event.ts";

/** Held for a caller that reads more slowly than its function writes, each piece with what it costs by itself. */
const HELD_BYTES_MAX = 256 * 1024;
const PIECE_COST_BYTES = 256;
/** Many small writes that wait together go out as one piece. */
const PIECE_BYTES_MAX = 64 * 1024;

type Taken = IteratorResult<Uint8Array, undefined>;

export class AnswerStream implements ResponseSink, AsyncIterable<Uint8Array> {
  readonly bytesMax: number;
  /** Resolves when the function begins to answer by a stream; never, if it does not. */
  readonly begun: Promise<void>;
  contentType: string | undefined;
  /** In performance.now()'s time; undefined before. */
  begunMs: number | undefined;
  #streamedBytes = 0;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #state: "open" | "ended" | "abandoned" = "open";
  #begin!: () => void;
  #onRoom: (() => void) | undefined;
  #reader: ((taken: Taken) => void) | undefined;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
    this.begun = new Promise((resolve) => {
      this.#begin = resolve;
    });
  }

  get hasBegun(): boolean {
    return this.begunMs !== undefined;
  }

  /** Of what the function streamed; an answer that came as a whole is not counted. */
  get streamedBytes(): number {
    return this.#streamedBytes;
  }

  begin(contentType: string | undefined): void {
    this.begunMs = performance.now();
    this.contentType = contentType;
    this.#begin();
  }

  write(bytes: Uint8Array, onRoom: () => void): boolean {
    this.#streamedBytes += bytes.length;
    this.#put(bytes);
    if (this.#heldBytes < HELD_BYTES_MAX) return true;
    this.#onRoom = onRoom;
    return false;
  }

  /** Nothing more will come. `last` is an answer that was not streamed. */
  end(last?: Uint8Array): void {
    if (last !== undefined && last.length > 0) this.#put(last);
    if (this.#state === "open") this.#state = "ended";
    this.#serve();
  }

  /** Nobody reads any more. */
  abandon(): void {
    this.#state = "abandoned";
    this.#held = [];
    this.#heldBytes = 0;
    this.#serve();
    this.#makeRoom();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () =>
        new Promise<Taken>((resolve) => {
          this.#reader = resolve;
          this.#serve();
        }),
      return: async () => {
        this.abandon();
        return { done: true, value: undefined };
      },
    };
  }

  #put(bytes: Uint8Array): void {
    if (this.#state !== "open" || bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length + PIECE_COST_BYTES;
    this.#serve();
  }

  /** To the reader that waits, if there is something for it. */
  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined || (this.#held.length === 0 && this.#state === "open")) return;
    this.#reader = undefined;
    reader(this.#held.length === 0 ? { done: true, value: undefined } : { done: false, value: this.#take() });
    this.#makeRoom();
  }

  #take(): Uint8Array {
    let count = 1;
    let bytes = this.#held[0]!.length;
    for (; count < this.#held.length && bytes + this.#held[count]!.length <= PIECE_BYTES_MAX; count++) bytes += this.#held[count]!.length;
    const parts = this.#held.splice(0, count);
    this.#heldBytes -= bytes + count * PIECE_COST_BYTES;
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts, bytes);
  }

  #makeRoom(): void {
    if (this.#heldBytes >= HELD_BYTES_MAX / 2) return;
    const onRoom = this.#onRoom;
    this.#onRoom = undefined;
    onRoom?.();
  }
}
