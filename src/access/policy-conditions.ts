// The Condition of a policy's statement: whether it holds for a request, as far as that can be told here. Pure.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

import { matchesArn, matchesText } from "./policy-wildcards.ts";

/** Keys in lower case. What is not among them is not known, which is something else than absent. */
export type PolicyContext = Readonly<Record<string, string>>;

/** "unknown": an operator, or a key, that is not evaluated here. */
export type Holds = "yes" | "no" | "unknown";

type Compare = (value: string, pattern: string) => boolean;

const COMPARISONS: Readonly<Record<string, Compare>> = {
  stringequals: (value, pattern) => value === pattern,
  stringequalsignorecase: (value, pattern) => value.toLowerCase() === pattern.toLowerCase(),
  stringlike: matchesText,
  arnequals: matchesArn,
  arnlike: matchesArn,
  bool: (value, pattern) => value.toLowerCase() === pattern.toLowerCase(),
};

/** A key's values are alternatives, and all keys of all operators must hold: one that does not settles it, whatever is unknown beside it. */
export function conditionHolds(condition: unknown, context: PolicyContext): Holds {
  if (condition === undefined) return "yes";
  if (!isObject(condition)) return "unknown";
  const all = Object.entries(condition).flatMap(([operator, tests]) =>
    isObject(tests)
      ? Object.entries(tests).map(([key, given]) => testHolds(operator, context[key.toLowerCase()], given))
      : ["unknown" as const],
  );
  if (all.includes("no")) return "no";
  return all.includes("unknown") ? "unknown" : "yes";
}

function testHolds(operator: string, value: string | undefined, given: unknown): Holds {
  const plain = operator.toLowerCase().replace(/ifexists$/, "");
  const isNegated = /^(string|arn)not/.test(plain);
  const compare = COMPARISONS[isNegated ? plain.replace("not", "") : plain];
  const patterns = patternsOf(given);
  if (compare === undefined || value === undefined || patterns === undefined) return "unknown";
  return patterns.some((pattern) => compare(value, pattern)) === isNegated ? "no" : "yes";
}

/** undefined: there is something in them that is not evaluated, such as a policy variable. */
function patternsOf(given: unknown): readonly string[] | undefined {
  const values = (Array.isArray(given) ? given : [given]).map((value) => (typeof value === "boolean" ? String(value) : (value as unknown)));
  return values.every((value) => typeof value === "string" && !value.includes("${")) ? (values as string[]) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
