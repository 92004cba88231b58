// The right side of a comparison: a number, a text with `*` for any characters, or a regex. Compares with what an event holds.

import { badTerm } from "./invalid.ts";
import { parseRegex } from "./regex.ts";

export type Operator = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** Does `text` satisfy the comparison? Numbers compare as numbers, so that 1e+3 equals 1000. */
export type Comparison = (text: string) => boolean;

/** `raw` is the operand as written: quoted, between percent signs, or bare. Throws InvalidFilterPattern. */
export function comparisonOf(operator: Operator, raw: string): Comparison {
  if (operator === "=") return equality(raw);
  if (operator === "!=") {
    const equals = equality(raw);
    return (text) => !equals(text);
  }
  const limit = numberOf(raw);
  if (limit === undefined) throw badTerm(raw);
  return order(operator, limit);
}

function order(operator: "<" | "<=" | ">" | ">=", limit: number): Comparison {
  const holds = {
    "<": (value: number) => value < limit,
    "<=": (value: number) => value <= limit,
    ">": (value: number) => value > limit,
    ">=": (value: number) => value >= limit,
  }[operator];
  return (text) => {
    const value = numberOf(text);
    return value !== undefined && holds(value);
  };
}

function equality(raw: string): Comparison {
  if (raw.startsWith("%")) return parseRegex(raw.slice(1, -1)).matches;
  if (raw.startsWith('"')) return wildcard(raw.slice(1, -1).replaceAll(/\\(["\\])/g, "$1"));
  const number = numberOf(raw);
  const asText = wildcard(raw);
  return number === undefined ? asText : (text) => numberOf(text) === number || asText(text);
}

const NUMBER_LENGTH_MAX = 400;

/** Undefined for what is not a decimal number (hexadecimal, Infinity and the empty text included). */
function numberOf(text: string): number | undefined {
  if (text.length > NUMBER_LENGTH_MAX) return undefined;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

/** Linear in the text for every number of stars: each piece is looked for once, leftmost first. */
export function wildcard(pattern: string): Comparison {
  const pieces = pattern.split("*");
  const first = pieces[0] ?? "";
  if (pieces.length === 1) return (text) => text === first;
  const last = pieces.at(-1) ?? "";
  const middle = pieces.slice(1, -1).filter((piece) => piece !== "");
  return (text) => {
    if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const piece of middle) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}
