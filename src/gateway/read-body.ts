// Reads a request body whole, within its limit, into one buffer of the announced size.

import type { IncomingMessage } from "node:http";
import type { ServiceError } from "../lib/errors.ts";
import { EMPTY_BODY } from "../wire/message.ts";
import type { SizeLimit } from "../wire/size-limits.ts";
import type { BodyProgress } from "./body-progress.ts";

/** The caller went away in the middle: nobody is left to answer. */
export class CallerGone extends Error {
  override readonly name = "CallerGone";
}

export interface Reading {
  readonly limit: SizeLimit;
  readonly progress: BodyProgress;
}

/** See HttpExchange.readBody. */
export function readBody(request: IncomingMessage, announced: number | undefined, { limit, progress }: Reading): Promise<Uint8Array> {
  if (announced === 0) return Promise.resolve(EMPTY_BODY);
  if (announced !== undefined && announced > limit.bytesMax) return Promise.reject(limit.refuse(announced));
  return new Promise((resolve, reject) => {
    const collector = new Collector(announced, limit);
    progress.begin(request);
    let isSettled = false; // listeners stay where they are: taking them away costs more than a late call of them
    const settle = () => {
      isSettled = true;
      progress.end(request);
    };
    const take = (chunk: Buffer) => {
      if (isSettled) return;
      progress.moved(request, chunk.length);
      const refusal = collector.take(chunk);
      if (refusal) {
        settle();
        reject(refusal);
      } else if (collector.isWhole) finish();
    };
    const finish = () => {
      if (isSettled) return;
      settle();
      resolve(collector.whole());
    };
    const lose = (cause?: unknown) => {
      if (isSettled) return;
      settle();
      reject(new CallerGone("the caller went away before its body had come", { cause }));
    };
    request.on("data", take).on("error", lose).on("close", lose);
    if (announced === undefined) request.on("end", finish);
  });
}

class Collector {
  readonly #announced: number | undefined;
  readonly #limit: SizeLimit;
  #chunks: Buffer[] = [];
  #target: Buffer | undefined;
  #bytes = 0;

  constructor(announced: number | undefined, limit: SizeLimit) {
    this.#announced = announced;
    this.#limit = limit;
  }

  take(chunk: Buffer): ServiceError | undefined {
    const at = this.#bytes;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limit.bytesMax) return this.#limit.refuse(this.#bytes);
    // A body that comes in one piece, as most do, is that piece.
    if (this.#announced === undefined || chunk.length === this.#announced) this.#chunks.push(chunk);
    else {
      this.#target ??= Buffer.allocUnsafeSlow(this.#announced);
      chunk.copy(this.#target, at);
    }
    return undefined;
  }

  /** All that was announced is there. */
  get isWhole(): boolean {
    return this.#bytes === this.#announced;
  }

  whole(): Uint8Array {
    if (this.#target) return this.#target;
    return this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
  }
}

/** Most that is read and thrown away so that a refused caller can read its answer; beyond it the connection is cut. */
const DISCARD_BYTES_MAX = 256 * 1024 * 1024;

/** Lets a caller that is still sending come to the end, so that it reads the refusal instead of a reset. */
export function discardBody(request: IncomingMessage, progress: BodyProgress): void {
  if (request.readableEnded || request.destroyed) return;
  let bytes = 0;
  progress.begin(request);
  request.on("data", (chunk: Buffer) => {
    progress.moved(request, chunk.length);
    bytes += chunk.length;
    if (bytes > DISCARD_BYTES_MAX) request.destroy();
  });
  request.once("close", () => progress.end(request)).once("end", () => progress.end(request));
  request.on("error", () => {}); // It is gone either way.
  request.resume();
}
