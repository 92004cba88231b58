// Dimensions between CloudWatch's shape and the store's.

import type { Dimension } from "../../models/cloudwatch.ts";

export type Pairs = readonly (readonly [name: string, value: string])[];

export function pairsOf(dimensions: readonly Dimension[] | undefined): Pairs {
  return (dimensions ?? []).map(({ Name, Value }) => [Name, Value] as const);
}

export function parsedPairs(stored: string): Pairs {
  return JSON.parse(stored) as Pairs;
}

export function describePairs(pairs: Pairs): readonly Dimension[] {
  return pairs.map(([Name, Value]) => ({ Name, Value }));
}
