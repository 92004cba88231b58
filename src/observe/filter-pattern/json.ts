// `{ $.eventType = "UpdateTrail" && $.latency > 50 }`: conditions on the properties of an event that is one JSON object.
// An event that is no JSON object matches nothing. A property that is missing, an object or an array satisfies no comparison, `!=` included.

import { type Condition, readConditions, Scanner } from "./expression.ts";
import { InvalidFilterPattern } from "./invalid.ts";
import { comparisonOf } from "./operand.ts";
import type { FilterPattern } from "./pattern.ts";
import { type Json, readSelector, type Selector } from "./selector.ts";

const WILDCARDS_PER_PATTERN = 3;

/** `source` is what stands between the braces. Throws InvalidFilterPattern. */
export function parseJsonPattern(source: string): FilterPattern {
  const scanner = new Scanner(source);
  const selectors: Selector[] = [];
  const condition = readConditions<Json>(scanner, (at) => readCondition(at, selectors));
  if (!scanner.isAtEnd()) throw scanner.bad();
  refuseWildcards(selectors);
  return {
    matches(message) {
      const event = parseEvent(message);
      return event !== undefined && condition(event);
    },
    extract: (message) => extract(parseEvent(message), selectors),
  };
}

function readCondition(scanner: Scanner, selectors: Selector[]): Condition<Json> {
  const selector = readSelector(scanner);
  selectors.push(selector);
  if (scanner.match(/NOT\s+EXISTS\b/iy) !== null) return (event) => selector.values(event).length === 0;
  const is = scanner.match(/IS\s+(NULL|TRUE|FALSE)\b/iy)?.[1]?.toLowerCase();
  if (is !== undefined) return (event) => selector.values(event).some((value) => String(value) === is && typeof value !== "string");
  const operator = scanner.operator();
  if (operator === undefined) throw scanner.bad();
  const holds = comparisonOf(operator, scanner.operand());
  return (event) =>
    selector.values(event).some((value) => {
      const text = scalar(value);
      return text !== undefined && holds(text);
    });
}

/** AWS: one wildcard in a selector, three in a pattern. */
function refuseWildcards(selectors: readonly Selector[]): void {
  const total = selectors.reduce((sum, { wildcards }) => sum + wildcards, 0);
  if (total > WILDCARDS_PER_PATTERN || selectors.some(({ wildcards }) => wildcards > 1)) {
    throw new InvalidFilterPattern("a selector can hold 1 wildcard, and a pattern 3");
  }
}

function parseEvent(message: string): Json | undefined {
  if (!/^\s*\{/.test(message)) return undefined;
  try {
    return JSON.parse(message) as Json;
  } catch {
    return undefined;
  }
}

function scalar(value: Json): string | undefined {
  return typeof value === "object" ? undefined : String(value);
}

function extract(event: Json | undefined, selectors: readonly Selector[]): Record<string, string> {
  if (event === undefined) return {};
  const found = selectors.flatMap((selector) => {
    const [value] = selector.values(event);
    const text = value === undefined ? undefined : scalar(value);
    return text === undefined ? [] : [[selector.text, text] as const];
  });
  return Object.fromEntries(found);
}
