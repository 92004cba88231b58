// THE TABLE of operators of match expressions. `exists` is not among them: it is about a field, not about a value (pattern.ts).
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html

import { anythingBut } from "./anything-but.ts";
import { cidr } from "./cidr.ts";
import { numeric } from "./numeric.ts";
import type { CompileTest } from "./test-value.ts";
import { equalsIgnoreCase, exactly, prefix, suffix } from "./text-tests.ts";
import { wildcard } from "./wildcard.ts";

export const operators: Readonly<Record<string, CompileTest>> = {
  "anything-but": anythingBut,
  cidr,
  "equals-ignore-case": equalsIgnoreCase,
  exactly,
  numeric,
  prefix,
  suffix,
  wildcard,
};
