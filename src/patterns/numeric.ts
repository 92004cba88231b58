// { "numeric": [">", 0, "<=", 5] }: a number, or a range of them.

import { PatternError } from "./pattern-error.ts";
import { type CompileTest, shown, type TestValue } from "./test-value.ts";

const FIVE_BILLION = 5_000_000_000;

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
};

export const numeric: CompileTest = (operand) => {
  if (!Array.isArray(operand)) throw new PatternError("Value of numeric must be an array.");
  const [operator, bound, ...rest] = operand as unknown[];
  if (typeof operator !== "string") throw new PatternError(`Invalid member in numeric match: ${shown(operator)}`);
  const first = comparison(operator, bound);
  if (rest.length === 0) return onNumber(first);
  if (!operator.startsWith(">")) throw new PatternError("Too many elements in numeric expression");
  const second = upperBound(rest, bound as number);
  return onNumber((value) => first(value) && second(value));
};

function comparison(operator: string, bound: unknown): (value: number) => boolean {
  const compare = Object.hasOwn(COMPARISONS, operator) ? COMPARISONS[operator] : undefined;
  if (compare === undefined) throw new PatternError(`Unrecognized numeric range operator: ${operator}`);
  const limit = boundOf(operator === "=" ? "equals" : operator, bound);
  return (value) => compare(value, limit);
}

function upperBound([operator, top, more]: readonly unknown[], bottom: number): (value: number) => boolean {
  if (typeof operator !== "string") throw new PatternError(`Bad value in numeric range: ${shown(operator)}`);
  if (operator !== "<" && operator !== "<=") throw new PatternError(`Bad numeric range operator: ${operator}`);
  const compare = comparison(operator, top);
  if (more !== undefined) throw new PatternError("Too many terms in numeric range expression");
  if (bottom >= (top as number)) throw new PatternError("Bottom must be less than top");
  return compare;
}

function boundOf(operator: string, bound: unknown): number {
  if (typeof bound !== "number") throw new PatternError(`Value of ${operator} must be numeric`);
  if (Math.abs(bound) > FIVE_BILLION) throw new PatternError("Value must be between -5.0E9 and 5.0E9, inclusive");
  return bound;
}

function onNumber(test: (value: number) => boolean): TestValue {
  return (leaf) => typeof leaf === "number" && test(leaf);
}
