// { "anything-but": … }: what a value must not be, or must not look like. It matches null and values of other types, but no missing field.

import { PatternError } from "./pattern-error.ts";
import { type CompileTest, compileOnly, isObject, type Leaf, type TestValue } from "./test-value.ts";
import { equalsIgnoreCase, prefix, suffix } from "./text-tests.ts";
import { wildcard } from "./wildcard.ts";

interface Form {
  readonly compile: CompileTest;
  /** For a member of a list that is no text. */
  readonly refusal: string;
  readonly mayBeEmpty: boolean;
}

const AFFIX_REFUSAL = "prefix/suffix match pattern must be a string";
const forms: Readonly<Record<string, Form>> = {
  prefix: { compile: prefix, refusal: AFFIX_REFUSAL, mayBeEmpty: false },
  suffix: { compile: suffix, refusal: AFFIX_REFUSAL, mayBeEmpty: false },
  "equals-ignore-case": {
    compile: equalsIgnoreCase,
    refusal: "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    mayBeEmpty: true,
  },
  wildcard: { compile: wildcard, refusal: "wildcard match pattern must be a string", mayBeEmpty: true },
};

const NEITHER = "Value of anything-but must be an array or single string/number value.";

export const anythingBut: CompileTest = (operand) => {
  if (isObject(operand)) return notLike(operand);
  if (Array.isArray(operand)) return notIn(operand);
  if (typeof operand !== "string" && typeof operand !== "number") throw new PatternError(NEITHER);
  return (leaf) => leaf !== operand;
};

function notLike(expression: Record<string, unknown>): TestValue {
  return compileOnly(expression, "Anything-But expression name not found", compileForm);
}

function compileForm(name: string, operand: unknown): TestValue {
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (form === undefined) throw new PatternError(`Unsupported anything-but pattern: ${name}`);
  if (isObject(operand)) throw new PatternError(NEITHER);
  const tests = (Array.isArray(operand) ? (operand as unknown[]) : [operand]).map((text) => {
    if (typeof text !== "string") throw new PatternError(form.refusal);
    if (text === "" && !form.mayBeEmpty) throw new PatternError("Null prefix/suffix not allowed");
    return form.compile(text);
  });
  if (tests.length === 0) throw new PatternError("Empty arrays are not allowed");
  return (leaf) => !tests.some((test) => test(leaf));
}

function notIn(list: readonly unknown[]): TestValue {
  const kinds = new Set(list.map((value) => typeof value));
  for (const kind of kinds) {
    if (kind !== "string" && kind !== "number") throw new PatternError("Inside anything but list, start|null|boolean is not supported.");
  }
  if (kinds.size !== 1) {
    throw new PatternError("Inside anything but list, either all values are number or string, mixed type is not supported");
  }
  const values = new Set(list as readonly Leaf[]);
  return (leaf) => !values.has(leaf);
}
