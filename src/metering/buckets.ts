// Values in buckets whose width grows with the value: percentiles within 2 %, from counts that can be added up.

/** Upper end of a bucket over its lower end. */
const GROWTH = 1.04;
const LOG_GROWTH = Math.log(GROWTH);
/** Keeps the numbers of positive values positive, down to 1e-300. */
const OFFSET = 20_000;

/** Ascends with the value; 0 for zero. */
export function bucketOf(value: number): number {
  if (value === 0) return 0;
  const bucket = Math.ceil(Math.log(Math.abs(value)) / LOG_GROWTH) + OFFSET;
  return value > 0 ? bucket : -bucket;
}

/** A value in the middle of the bucket. */
export function middleOf(bucket: number): number {
  if (bucket === 0) return 0;
  const value = GROWTH ** (Math.abs(bucket) - OFFSET - 0.5);
  return bucket > 0 ? value : -value;
}

/** The value below which `share` (0 to 1) of all lie; `lowest` and `highest` are exact. undefined: there are none. */
export function percentile(
  buckets: ReadonlyMap<number, number>,
  share: number,
  { lowest, highest }: { readonly lowest: number; readonly highest: number },
): number | undefined {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const all = sorted.reduce((sum, [, count]) => sum + count, 0);
  let left = share * all;
  for (const [bucket, count] of sorted) {
    left -= count;
    if (left <= 1e-9) return Math.min(highest, Math.max(lowest, middleOf(bucket)));
  }
  return all === 0 ? undefined : highest;
}
