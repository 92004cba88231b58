// Tests of texts: prefix, suffix and equality without regard to case.

import { PatternError } from "./pattern-error.ts";
import { type CompileTest, compileOnly, isObject, onText, type TestValue, textOf } from "./test-value.ts";

export const prefix: CompileTest = (operand) => {
  const { text, ignoresCase } = affix(operand, "prefix");
  return onText(ignoresCase ? (value) => equalFold(value.slice(0, text.length), text) : (value) => value.startsWith(text));
};

export const suffix: CompileTest = (operand) => {
  const { text, ignoresCase } = affix(operand, "suffix");
  return onText(ignoresCase ? (value) => equalFold(value.slice(value.length - text.length), text) : (value) => value.endsWith(text));
};

export const equalsIgnoreCase: CompileTest = (operand) => {
  const text = textOf(operand, "equals-ignore-case match pattern must be a string");
  return onText((value) => equalFold(value, text));
};

export const exactly: CompileTest = (operand) => {
  const text = textOf(operand, "exact match pattern must be a string");
  return (leaf) => leaf === text;
};

export function equalTo(expected: string | number | boolean | null): TestValue {
  return (leaf) => leaf === expected;
}

function affix(operand: unknown, name: "prefix" | "suffix"): { readonly text: string; readonly ignoresCase: boolean } {
  const refusal = `${name} match pattern must be a string`;
  if (!isObject(operand)) return { text: textOf(operand, refusal), ignoresCase: false };
  return compileOnly(operand, refusal, (inner, text) => {
    if (inner !== "equals-ignore-case") throw new PatternError(`Unsupported ${name} pattern: ${inner}`);
    return { text: textOf(text, "equals-ignore-case match pattern must be a string"), ignoresCase: true };
  });
}

function equalFold(a: string, b: string): boolean {
  return a.length === b.length && (a === b || a.toLowerCase() === b.toLowerCase());
}
