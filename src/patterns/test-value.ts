// One test of a value of an event, and what all of them share: what a leaf is, and how a match expression is refused.

import { PatternError } from "./pattern-error.ts";

export type Leaf = string | number | boolean | null;
export type TestValue = (leaf: Leaf) => boolean;
/** Takes what stands beside the name of an operator. Throws PatternError. */
export type CompileTest = (operand: unknown) => TestValue;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Compiles the only member of a match expression. As AWS reads it: a second one is refused when the first has been understood. */
export function compileOnly<T>(expression: Record<string, unknown>, none: string, compile: (name: string, operand: unknown) => T): T {
  const [first, second] = Object.entries(expression);
  if (first === undefined) throw new PatternError(none);
  const compiled = compile(...first);
  if (second !== undefined) throw new PatternError("Only one key allowed in match expression");
  return compiled;
}

export function textOf(operand: unknown, refusal: string): string {
  if (typeof operand !== "string") throw new PatternError(refusal);
  return operand;
}

export function onText(test: (text: string) => boolean): TestValue {
  return (leaf) => typeof leaf === "string" && test(leaf);
}

/** As it stands in JSON. */
export function shown(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "]"); // undefined: the list has ended
}
