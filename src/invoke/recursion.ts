// Stops functions that bring about themselves over and over, unless they are set to be allowed to, and counts what it has stopped
// (RecursiveInvocationsDropped). Whoever is about to invoke asks; sources of events do so with the trace header of their event.

import type { FunctionCatalogue } from "../functions/catalogue.ts";
import { latestOf } from "../functions/function-record.ts";
import { ServiceError } from "../lib/errors.ts";
import { isRunaway, RUNS_MAX } from "./lineage.ts";

interface Place {
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

export interface RecursionParts {
  readonly catalogue: Pick<FunctionCatalogue, "find">;
  /** Once for each function: AWS writes an e-mail. */
  readonly warn: (sentence: string) => void;
  /** The metric RecursiveInvocationsDropped. */
  readonly onStop?: (of: Place) => void;
}

export class Recursion {
  readonly #parts: RecursionParts;
  readonly #dropped = new Map<string, number>();

  constructor(parts: RecursionParts) {
    this.#parts = parts;
  }

  /** Invocations stopped since the start, of one function or of all. */
  dropped(functionArn?: string): number {
    if (functionArn !== undefined) return this.#dropped.get(functionArn) ?? 0;
    return [...this.#dropped.values()].reduce((sum, count) => sum + count, 0);
  }

  /** `traceHeader` is that of the invocation that is to begin: see traceHeaderFor. True is counted. */
  stops(place: Place, functionArn: string, traceHeader: string | undefined): boolean {
    if (!isRunaway(traceHeader, functionArn)) return false;
    const record = this.#parts.catalogue.find(place);
    if (record === undefined || latestOf(record).settings.recursiveLoop === "Allow") return false;
    const count = this.dropped(functionArn);
    this.#dropped.set(functionArn, count + 1);
    this.#parts.onStop?.(place);
    if (count === 0)
      this.#parts.warn(
        `${functionArn} ran ${RUNS_MAX} times in one chain of requests and was stopped. If it is meant to, allow it: aws lambda put-function-recursion-config --recursive-loop Allow`,
      );
    return true;
  }
}

/** AWS: its text is not recorded; this is how its guide describes it. */
export function recursiveInvocation(): ServiceError {
  return new ServiceError(
    "RecursiveInvocationException",
    400,
    "Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation.",
  );
}
