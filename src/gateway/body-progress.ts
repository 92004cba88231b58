// Ends uploads that have stopped. There is no limit to how long a body may take in all, only to how long it may stand still.

import type { IncomingMessage } from "node:http";

/** No byte for this long: the caller is gone or hostile. */
const SILENCE_MS_MAX = 60_000;
/** After the first minute a body must have come at this average at least: one byte a minute would hold memory for years. */
const BYTES_PER_SECOND_MIN = 1_024;
const CHECK_MS = 5_000;

interface Upload {
  readonly startedMs: number;
  lastMs: number;
  bytes: number;
}

export class BodyProgress {
  readonly #uploads = new Map<IncomingMessage, Upload>();
  #timer: NodeJS.Timeout | undefined;

  begin(request: IncomingMessage): void {
    const nowMs = performance.now();
    this.#uploads.set(request, { startedMs: nowMs, lastMs: nowMs, bytes: 0 });
    this.#timer ??= setInterval(() => this.#check(), CHECK_MS).unref();
  }

  moved(request: IncomingMessage, bytes: number): void {
    const upload = this.#uploads.get(request);
    if (!upload) return;
    upload.lastMs = performance.now();
    upload.bytes += bytes;
  }

  end(request: IncomingMessage): void {
    this.#uploads.delete(request);
  }

  #check(): void {
    const nowMs = performance.now();
    for (const [request, upload] of this.#uploads)
      if (isStuck(upload, nowMs)) request.destroy(new Error("the request's body stopped coming"));
    if (this.#uploads.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** Pure, so that a test needs no minute. */
export function isStuck(upload: Readonly<Upload>, nowMs: number): boolean {
  const ageMs = nowMs - upload.startedMs;
  if (nowMs - upload.lastMs > SILENCE_MS_MAX) return true;
  return ageMs > SILENCE_MS_MAX && upload.bytes < (ageMs / 1_000) * BYTES_PER_SECOND_MIN;
}
