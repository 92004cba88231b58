// One stretch of time for all that runs when the server ends: its parts end one after the other, and each is given what the ones before have left.

/** What a part gets at least, when those before it have taken everything. */
const MOMENT_MS = 1_000;

/** The stretch begins when it is first asked for. Answers milliseconds. */
export function finishing(finishMs: number): () => number {
  let endMs: number | undefined;
  return () => {
    const nowMs = performance.now();
    endMs ??= nowMs + finishMs;
    return Math.max(endMs - nowMs, Math.min(finishMs, MOMENT_MS));
  };
}
