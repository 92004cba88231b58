// What samples say: middle, ends, and how far the mean may be off.

export interface Summary {
  readonly count: number;
  readonly mean: number;
  /** Half the width of the 95 % confidence interval of the mean. undefined: one value says nothing of it. */
  readonly marginOfError: number | undefined;
  readonly p50: number;
  readonly p99: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Student's t for 95 %, by degrees of freedom; beyond these the normal distribution's is near enough. */
const T_95 = [
  12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101, 2.093,
];
const NORMAL_95 = 1.96;

/** Of at least one value. */
export function summaryOf(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, count - 1);
  const marginOfError = count < 2 ? undefined : ((T_95[count - 2] ?? NORMAL_95) * Math.sqrt(variance)) / Math.sqrt(count);
  return {
    count,
    mean,
    marginOfError,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    lowest: sorted[0]!,
    highest: sorted.at(-1)!,
  };
}

/** The nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}
