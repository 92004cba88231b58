// An invocation whose answer is read while it is written. A function that answers as a whole, or fails before it has begun, is told apart by
// nothing: its answer is one piece.

import { AnswerStream } from "./answer-stream.ts";
import { paced } from "./bandwidth.ts";
import type { Invocation, InvocationResult, Recipient } from "./invocation.ts";

/** How streamed answers are limited. */
export interface StreamLimits {
  readonly streamedBytesMax: number;
  /** Beyond the first 6 MB; undefined: as fast as they go. */
  readonly streamBytesPerSecond: number | undefined;
}

export interface StreamedAnswer {
  /** As the function named it, or of an answer that came as a whole. */
  readonly contentType: string | undefined;
  /** To be read to the end once, or given up by return(). Never rejects. */
  readonly pieces: AsyncIterable<Uint8Array>;
  /** How it ended; its payload is that of an error, or has been in `pieces`. Rejects with ServiceError where the platform failed. */
  readonly result: Promise<InvocationResult>;
}

export interface StreamingParts {
  readonly invoke: (invocation: Invocation, recipient: Recipient) => Promise<InvocationResult>;
  readonly limits: StreamLimits;
}

/**
 * Resolves when the function begins to answer, or has ended without. Rejects as Invoker.invoke does as long as nothing has begun. When `signal` is
 * aborted the answer goes nowhere, and the function runs to its end.
 */
export async function invokeStreaming(invocation: Invocation, signal: AbortSignal, parts: StreamingParts): Promise<StreamedAnswer> {
  const { streamedBytesMax, streamBytesPerSecond } = parts.limits;
  const stream = new AnswerStream(streamedBytesMax);
  const result = parts.invoke({ ...invocation, stream }, { signal });
  result.then(
    (ended) => stream.end(stream.hasBegun || ended.functionError !== undefined ? undefined : ended.payload),
    () => stream.end(),
  );
  if (signal.aborted) stream.abandon();
  else signal.addEventListener("abort", () => stream.abandon(), { once: true });
  const whole = await Promise.race([stream.begun, result]);
  return {
    contentType: stream.hasBegun ? stream.contentType : whole?.contentType,
    pieces: streamBytesPerSecond === undefined ? stream : paced(stream, streamBytesPerSecond),
    result,
  };
}
