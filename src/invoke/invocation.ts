// What goes into one invocation and what comes out of it.

import type { FunctionVersion } from "../functions/version.ts";
import type { AnswerStream } from "./answer-stream.ts";
import type { InvocationRecord } from "./report.ts";

export interface Invocation {
  readonly requestId: string;
  readonly version: FunctionVersion;
  readonly invokedArn: string;
  /** Passed through as bytes; an empty payload is delivered as {}. */
  readonly payload: Uint8Array;
  /** Decoded JSON text of X-Amz-Client-Context. */
  readonly clientContext?: string;
  readonly traceHeader?: string;
  /** True: the answer waits for the end of the invocation and carries the last 4 KB of its log. */
  readonly tail: boolean;
  /** Takes a streamed answer while it comes: see invoke-streaming.ts. */
  readonly stream?: AnswerStream;
  /**
   * Told of its record before anybody else; true: it is nobody else's, and goes into no bill and no metric.
   * Undefined where there is none, since the environment ended first.
   */
  readonly onRecord?: (record: InvocationRecord | undefined) => boolean;
}

export interface InvocationResult {
  readonly payload: Uint8Array;
  readonly contentType?: string;
  readonly functionError?: "Unhandled";
  readonly executedVersion: string;
  /** Base64 of the last 4,096 bytes of the log, only with `tail`. */
  readonly logTail?: string;
}

/** Who waits for a result. */
export interface Recipient {
  /** Aborted when it has gone. Asked for only where an invocation must wait for an environment: signals are often made at that moment. */
  readonly signal: AbortSignal;
  /** Calls once when it has gone; at once if it has. Asked instead of the signal by who need not pass one on: it costs less. */
  onGone?(call: () => void): void;
}
