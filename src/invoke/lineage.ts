// How often a chain of requests has come back to the same function: `Lineage` in the trace header, carried on by the SDKs inside functions.
//
//   Lineage=<invocations in the chain>:<a function, as 8 hex digits>:<how often it has come again>
//
// One function is watched at a time, whatever the length of the chain (Brent's way to find a cycle): the next one is taken when the number of
// invocations is a power of two, unless the watched one has come again already. So a loop is found after 16 rounds, counted from when it is watched.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
//
// AWS: the form is that of its headers, what it counts is not documented ("approximately 16 times").

export interface Lineage {
  readonly invocations: number;
  readonly watched: string;
  readonly rounds: number;
}

const FIELD = /(?:^|;)\s*Lineage=(\d{1,5}):([0-9a-f]{8}):(\d{1,3})(?:;|$)/;
const INVOCATIONS_MAX = 32_767;
const ROUNDS_MAX = 255;
/** So often a function runs in a chain before the next time is stopped. */
export const RUNS_MAX = 16;

/** undefined: the chain begins here. */
export function lineageOf(traceHeader: string | undefined): Lineage | undefined {
  if (traceHeader === undefined) return undefined;
  const [, invocations, watched, rounds] = FIELD.exec(traceHeader) ?? [];
  return watched === undefined ? undefined : { invocations: Number(invocations), watched, rounds: Number(rounds) };
}

/** With one more invocation, of the function with this ARN. */
export function carriedOn(before: Lineage | undefined, functionArn: string): Lineage {
  const name = shortName(functionArn);
  if (before === undefined) return { invocations: 1, watched: name, rounds: 0 };
  const invocations = Math.min(before.invocations + 1, INVOCATIONS_MAX);
  if (before.watched === name) return { ...before, invocations, rounds: Math.min(before.rounds + 1, ROUNDS_MAX) };
  const isNextWatched = before.rounds === 0 && (invocations & (invocations - 1)) === 0;
  return isNextWatched ? { invocations, watched: name, rounds: 0 } : { ...before, invocations };
}

export function lineageText({ invocations, watched, rounds }: Lineage): string {
  return `Lineage=${invocations}:${watched}:${rounds}`;
}

/** The invocation that this header came with would be one too many. */
export function isRunaway(traceHeader: string | undefined, functionArn: string): boolean {
  const lineage = lineageOf(traceHeader);
  return lineage !== undefined && lineage.rounds >= RUNS_MAX && lineage.watched === shortName(functionArn);
}

/** FNV-1a, 32 bits: it stands in every invocation's way, and a collision costs a chain no more than being counted together. */
function shortName(functionArn: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < functionArn.length; at++) hash = Math.imul(hash ^ functionArn.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}
