// What becomes of an asynchronous invocation after an attempt: tried again later, or at its end. Pure, so that every case can be told in a test.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html

export type EndCondition = "RetriesExhausted" | "EventAgeExceeded" | "ZeroReservedConcurrency";

export interface RetryPolicy {
  /** Of function errors: 0 … 2. */
  readonly retriesMax: number;
  readonly ageMaxMs: number;
  /** Before the first retry and before the second. */
  readonly pausesMs: readonly number[];
}

export interface Attempt {
  /** "setback": throttled, or the platform failed; uses up no retry. */
  readonly outcome: "function-error" | "setback";
  /** This one included, of either kind. */
  readonly failures: number;
  readonly setbacks: number;
  readonly ageMs: number;
}

export type Decision = { readonly kind: "retry"; readonly delayMs: number } | { readonly kind: "end"; readonly condition: EndCondition };

const BACKOFF_MIN_MS = 1_000;
const BACKOFF_MAX_MS = 300_000;

export function decideRetry(attempt: Attempt, policy: RetryPolicy): Decision {
  const { outcome, failures, setbacks, ageMs } = attempt;
  if (outcome === "function-error" && failures > policy.retriesMax) return { kind: "end", condition: "RetriesExhausted" };
  const delayMs = outcome === "setback" ? backoffMs(setbacks) : (policy.pausesMs[failures - 1] ?? BACKOFF_MAX_MS);
  // An event that would be too old by its next attempt ends now.
  if (ageMs + delayMs > policy.ageMaxMs) return { kind: "end", condition: "EventAgeExceeded" };
  return { kind: "retry", delayMs };
}

/** 1 s, 2 s, 4 s … 5 min. */
export function backoffMs(setbacks: number): number {
  return Math.min(BACKOFF_MIN_MS * 2 ** Math.min(Math.max(setbacks - 1, 0), 20), BACKOFF_MAX_MS);
}
