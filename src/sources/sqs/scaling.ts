// How many batches of one mapping may be under way. AWS begins with five, adds up to 300 a minute while messages wait, up to 1,250, and takes
// some back after errors, unless the function reports failures itself.
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html

const LANES_AT_FIRST = 5;
/** "can optimize to as few as 2" */
const LANES_MIN = 2;
const LANES_MAX = 1_250;
/** 300 a minute. */
export const GROWTH_MS = 200;

export interface Lanes {
  readonly count: number;
  /** Of them, those that wait for messages: as long as there is one, no message waits. */
  readonly idle: number;
  /** Of them, those whose batch is throttled. */
  readonly throttled: number;
  /** ScalingConfig.MaximumConcurrency. */
  readonly concurrencyMax: number | undefined;
}

export function lanesAtFirst({ concurrencyMax }: { readonly concurrencyMax?: number | undefined }): number {
  return Math.min(LANES_AT_FIRST, concurrencyMax ?? LANES_AT_FIRST);
}

/** Asked every GROWTH_MS. More of them would only be throttled as well. */
export function mayAddLane({ count, idle, throttled, concurrencyMax }: Lanes): boolean {
  return idle === 0 && throttled === 0 && count < Math.min(LANES_MAX, concurrencyMax ?? LANES_MAX);
}

/** Asked of a lane that is between two batches. */
export function mustEnd({ count, idle, concurrencyMax }: Lanes, last: "work" | "nothing" | "error"): boolean {
  if (count > (concurrencyMax ?? LANES_MAX)) return true;
  if (last === "error") return count > LANES_MIN && idle === 0;
  return last === "nothing" && count > lanesAtFirst({ concurrencyMax });
}
