import assert from "node:assert/strict";
import { test } from "node:test";
import { compilePattern } from "../../src/patterns/pattern.ts";
import { PatternError } from "../../src/patterns/pattern-error.ts";

/** A small generator with a seed: what fails once fails again. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pick = <T>(from: readonly T[], next: (below: number) => number): T => from[next(from.length)] as T;

function anyText(next: (below: number) => number, letters: string): string {
  return Array.from({ length: next(8) }, () => letters[next(letters.length)]).join("");
}

/** The slow and obvious way. */
function wildcardMatches(pattern: string, value: string): boolean {
  if (pattern === "") return value === "";
  if (pattern[0] !== "*") return value !== "" && value[0] === pattern[0] && wildcardMatches(pattern.slice(1), value.slice(1));
  return wildcardMatches(pattern.slice(1), value) || (value !== "" && wildcardMatches(pattern, value.slice(1)));
}

test("wildcards agree with the obvious way", () => {
  const next = chance(1);
  let matched = 0;
  for (let round = 0; round < 20_000; round++) {
    const pattern = anyText(next, "ab*").replace(/\*+/g, "*") || "*";
    const value = anyText(next, "ab");
    const expected = wildcardMatches(pattern, value);
    matched += Number(expected);
    assert.equal(compilePattern(JSON.stringify({ a: [{ wildcard: pattern }] })).matches({ a: value }), expected, `${pattern} on ${value}`);
  }
  assert.ok(matched > 1_000);
});

function anyEvent(next: (below: number) => number, depth: number): unknown {
  const kind = next(depth > 3 ? 5 : 8);
  if (kind < 5) return pick(["x", "", 1, null, true], next);
  const parts = Array.from({ length: next(4) }, () => anyEvent(next, depth + 1));
  return kind === 5 ? parts : Object.fromEntries(parts.map((part) => [pick(["a", "b", "a.b"], next), part]));
}

/** Every leaf's path with its value: for an event without arrays, a pattern that says them all has to match. */
function leaves(event: unknown, path: readonly string[]): readonly (readonly [string, unknown])[] {
  if (typeof event !== "object" || event === null) return [[path.join("."), event]];
  return Object.entries(event).flatMap(([name, value]) => leaves(value, [...path, name]));
}

test("an event is matched by each of its own leaves, and not when the leaf has to be absent", () => {
  const next = chance(2);
  let seen = 0;
  for (let round = 0; round < 5_000; round++) {
    const event = { r: anyEvent(next, 0) };
    if (JSON.stringify(event).includes("[") || /"a\.b"/.test(JSON.stringify(event))) continue;
    for (const [path, value] of leaves(event, [])) {
      seen++;
      assert.ok(compilePattern(JSON.stringify({ [path]: [value] })).matches(event), `${path} of ${JSON.stringify(event)}`);
      assert.ok(!compilePattern(JSON.stringify({ [path]: [{ exists: false }] })).matches(event));
    }
  }
  assert.ok(seen > 1_000);
});

function anyPattern(next: (below: number) => number, depth: number): unknown {
  const scalar = () => pick<unknown>(["x", "*", 1, null, true, "<", ">", "10.0.0.0/8", [], {}], next);
  const kind = next(depth > 4 ? 2 : 5);
  if (kind === 0) return scalar();
  if (kind === 1) return [scalar()];
  const names = [
    "a",
    "b",
    "$or",
    "prefix",
    "suffix",
    "anything-but",
    "numeric",
    "exists",
    "cidr",
    "wildcard",
    "equals-ignore-case",
    "__proto__",
  ];
  const parts = Array.from({ length: 1 + next(3) }, () => anyPattern(next, depth + 1));
  return kind === 2 ? parts : Object.fromEntries(parts.map((part) => [pick(names, next), part]));
}

test("whatever a pattern is, it compiles or is refused as a pattern, and answers", () => {
  const next = chance(3);
  let compiled = 0;
  for (let round = 0; round < 30_000; round++) {
    const text = JSON.stringify({ a: anyPattern(next, 0) });
    try {
      const pattern = compilePattern(text);
      compiled++;
      assert.equal(typeof pattern.matches(anyEvent(next, 0)), "boolean");
    } catch (error) {
      assert.ok(error instanceof PatternError, `${text}: ${String(error)}`);
    }
  }
  assert.ok(compiled > 500);
});

// Each would take longer than the universe has lasted, or more stack than there is, if the work were not linear.
test("hostile wildcards and events are answered all the same", { timeout: 20_000 }, () => {
  const stars = compilePattern(JSON.stringify({ a: [{ wildcard: `${"*a".repeat(2_000)}*b` }] }));
  assert.equal(stars.matches({ a: "a".repeat(1_000_000) }), false);
  const periodic = compilePattern(JSON.stringify({ a: [{ wildcard: `*b${"a".repeat(2_000)}*` }] }));
  assert.equal(periodic.matches({ a: "a".repeat(1_000_000) }), false);
  const deep = JSON.parse(`{"a":${"[".repeat(3_000)}"x"${"]".repeat(3_000)}}`) as unknown;
  assert.equal(compilePattern('{"a":["x"]}').matches(deep), true);
  const dotted = Object.fromEntries(Array.from({ length: 50_000 }, (_, at) => [`a.k${at}`, at]));
  assert.equal(compilePattern('{"a":{"k49999":[49999]}}').matches(dotted), true);
});
