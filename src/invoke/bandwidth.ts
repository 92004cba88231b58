// AWS's rule for streamed answers: the first 6 MB as fast as they come, the rest at 2 MB a second. Here a setting.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html#config-rs-bandwidth-cap

import { setTimeout as sleep } from "node:timers/promises";

export const UNCAPPED_BYTES = 6 * 1024 * 1024;

export interface Sent {
  readonly bytes: number;
  /** Since the first byte beyond the uncapped ones. */
  readonly elapsedMs: number;
}

/** How long the next piece has to wait. Pure. */
export function pauseMs({ bytes, elapsedMs }: Sent, bytesPerSecond: number): number {
  return Math.max(0, ((bytes - UNCAPPED_BYTES) / bytesPerSecond) * 1_000 - elapsedMs);
}

/** The same pieces, later. What is not taken holds up the function that writes it. */
export async function* paced(pieces: AsyncIterable<Uint8Array>, bytesPerSecond: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let cappedSinceMs: number | undefined;
  for await (const piece of pieces) {
    yield piece;
    bytes += piece.length;
    if (bytes <= UNCAPPED_BYTES) continue;
    cappedSinceMs ??= performance.now();
    await sleep(pauseMs({ bytes, elapsedMs: performance.now() - cappedSinceMs }, bytesPerSecond));
  }
}
