// One shape's constraints: what they refuse, and AWS's sentence for each.

import type { LinkedShape } from "./shape-graph.ts";

export interface Constraint {
  /** "Member must have …": what follows "failed to satisfy constraint: ". */
  readonly text: string;
  isMet(value: unknown): boolean;
}

/** Longest text that a pattern is tried on: the engine backtracks. A longer one has broken its length limit anyway, or has none to break. */
const PATTERN_LENGTH_MAX = 16_384;

/** In the order in which AWS names them: pattern, then length or value, or the enumeration alone. */
export function constraintsOf(shape: LinkedShape): readonly Constraint[] {
  const { traits, type } = shape;
  const out: Constraint[] = [];
  if (traits.pattern !== undefined) out.push(matches(traits.pattern, Math.max(traits.max ?? 0, PATTERN_LENGTH_MAX)));
  if (type === "integer" || type === "long" || type === "float" || type === "double") out.push(...range(shape));
  else if (type !== "structure") out.push(...lengths(shape));
  if (traits.enum) out.push(isOneOf(traits.enum));
  return out;
}

function matches(pattern: string, lengthMax: number): Constraint {
  const regex = compilePattern(pattern);
  return {
    text: `Member must satisfy regular expression pattern: ${pattern}`,
    isMet: (value) => (value as string).length > lengthMax || regex.test(value as string),
  };
}

/** The whole text must match. Patterns are Java's: most are also valid with the `u` flag, which \p{…} needs; the rest without it. */
export function compilePattern(pattern: string): RegExp {
  const isCaseless = pattern.startsWith("(?i)");
  const source = `^(?:${(isCaseless ? pattern.slice(4) : pattern).replaceAll(/(\\p\{\w+\})-/g, "$1\\-")})$`;
  try {
    return new RegExp(source, isCaseless ? "iu" : "u");
  } catch {
    return new RegExp(source, isCaseless ? "i" : "");
  }
}

function range({ traits, type }: LinkedShape): Constraint[] {
  const show = (bound: number) => ((type === "float" || type === "double") && Number.isInteger(bound) ? bound.toFixed(1) : String(bound));
  const { min, max } = traits;
  return [
    ...(max === undefined
      ? []
      : [{ text: `Member must have value less than or equal to ${show(max)}`, isMet: (value: unknown) => (value as number) <= max }]),
    ...(min === undefined
      ? []
      : [{ text: `Member must have value greater than or equal to ${show(min)}`, isMet: (value: unknown) => (value as number) >= min }]),
  ];
}

function lengths({ traits }: LinkedShape): Constraint[] {
  const { min, max } = traits;
  return [
    ...(max === undefined
      ? []
      : [{ text: `Member must have length less than or equal to ${max}`, isMet: (value: unknown) => lengthOf(value) <= max }]),
    ...(min === undefined
      ? []
      : [{ text: `Member must have length greater than or equal to ${min}`, isMet: (value: unknown) => lengthOf(value) >= min }]),
  ];
}

function lengthOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.byteLength;
  return typeof value === "string" || Array.isArray(value) ? value.length : Object.keys(value as object).length;
}

function isOneOf(values: readonly string[]): Constraint {
  const known = new Set(values);
  return { text: `Member must satisfy enum value set: [${values.join(", ")}]`, isMet: (value) => known.has(value as string) };
}
