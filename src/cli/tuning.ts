// Which of several memory sizes is the best: by cost, by speed, or by both.

export interface Tried {
  readonly memoryMb: number;
  readonly meanMs: number;
  readonly usdPerMillion: number;
}

export const strategies = ["cost", "speed", "balance"] as const;
export type Strategy = (typeof strategies)[number];

/** How much money counts against time for "balance". */
const BALANCE = 0.5;

/** Of at least one. Of equals, the smaller. */
export function bestOf<T extends Tried>(tried: readonly T[], strategy: Strategy): T {
  const [dearest, slowest] = [Math.max(...tried.map((one) => one.usdPerMillion)), Math.max(...tried.map(({ meanMs }) => meanMs))];
  const weight = strategy === "cost" ? 1 : strategy === "speed" ? 0 : BALANCE;
  const badness = ({ usdPerMillion, meanMs }: T) => (weight * usdPerMillion) / dearest + ((1 - weight) * meanMs) / slowest;
  return tried.toSorted((a, b) => a.memoryMb - b.memoryMb).reduce((best, one) => (badness(one) < badness(best) ? one : best));
}
