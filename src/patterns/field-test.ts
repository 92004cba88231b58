// What a pattern says about one field: a list of which one entry has to match.

import { operators } from "./operators.ts";
import { PatternError } from "./pattern-error.ts";
import { compileOnly, isObject, type TestValue } from "./test-value.ts";
import { equalTo } from "./text-tests.ts";

export interface FieldTest {
  /** A value for which one of them holds will do. */
  readonly tests: readonly TestValue[];
  /** { "exists": false }: no value at all will do. */
  readonly mayBeAbsent: boolean;
}

/** Throws PatternError. */
export function compileField(entries: readonly unknown[]): FieldTest {
  if (entries.length === 0) throw new PatternError("Empty arrays are not allowed");
  const tests: TestValue[] = [];
  let mayBeAbsent = false;
  for (const entry of entries) {
    const compiled = compileEntry(entry);
    if (compiled === "absent") mayBeAbsent = true;
    else tests.push(compiled);
  }
  return { tests, mayBeAbsent };
}

function compileEntry(entry: unknown): TestValue | "absent" {
  if (isObject(entry)) return compileExpression(entry);
  if (entry === null || typeof entry === "string" || typeof entry === "number" || typeof entry === "boolean") return equalTo(entry);
  throw new PatternError("Match value must be String, number, true, false, or null");
}

function compileExpression(expression: Record<string, unknown>): TestValue | "absent" {
  return compileOnly(expression, "Match expression name not found", (name, operand) => {
    if (name === "exists") return compileExists(operand);
    const compile = Object.hasOwn(operators, name) ? operators[name] : undefined;
    if (compile === undefined) throw new PatternError(`Unrecognized match type ${name}`);
    return compile(operand);
  });
}

function compileExists(operand: unknown): TestValue | "absent" {
  if (typeof operand !== "boolean") throw new PatternError("exists match pattern must be either true or false.");
  return operand ? () => true : "absent";
}
