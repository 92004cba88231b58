// Event patterns: JSON that says which events somebody wants. Compiled once, then asked about each event; the time of an answer is bounded by the
// size of the pattern times the size of the event, whatever they hold.
//
//   { "source": ["a"], "detail": { "n": [{ "numeric": [">", 1] }] }, "$or": [{ "x": [1] }, { "y": [2] }] }
//     every field ∧ every $or;  within a list, and within a $or: any
//
// In an array of objects, one element has to satisfy all that the pattern says below it.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html

import { compileField, type FieldTest } from "./field-test.ts";
import { operators } from "./operators.ts";
import { PatternError } from "./pattern-error.ts";
import { isObject, type Leaf } from "./test-value.ts";

export interface Pattern {
  matches(event: unknown): boolean;
}

/** Of one object in the pattern. Paths that a pattern writes with dots are nested here. */
export interface PatternNode {
  readonly objects: Map<string, PatternNode>;
  readonly fields: Map<string, { readonly test: FieldTest; readonly path: readonly string[] }>;
  /** $or: of each list, one. */
  readonly choices: (readonly PatternNode[])[];
}

/** Alternatives that the $or of one pattern may come to when they are multiplied out. */
const COMBINATIONS_MAX = 1_000;

/** Throws PatternError. */
export function compilePattern(text: string): Pattern {
  const root = compileTree(text);
  return { matches: (event) => matchesNode(root, event, event) };
}

/** Throws PatternError. */
export function compileTree(text: string): PatternNode {
  const value = parse(text);
  if (!isObject(value)) throw new PatternError("Filter is not an object");
  const root = compileNode(value, [], { isInsideOr: false });
  if (combinations(root) > COMBINATIONS_MAX)
    throw new PatternError(`Rule is too complex - $or makes more than ${COMBINATIONS_MAX} combinations`);
  return root;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error), error);
  }
}

function compileNode(members: Record<string, unknown>, path: readonly string[], where: { readonly isInsideOr: boolean }): PatternNode {
  const node = emptyNode();
  const entries = Object.entries(members);
  if (entries.length === 0) throw new PatternError("Empty objects are not allowed");
  for (const [name, value] of entries) {
    if (name === "$or") node.choices.push(compileChoice(value, path));
    else compileMember(node, name, value, path, where);
  }
  return node;
}

function compileMember(
  node: PatternNode,
  name: string,
  value: unknown,
  path: readonly string[],
  where: { readonly isInsideOr: boolean },
): void {
  if (where.isInsideOr && (name === "exists" || Object.hasOwn(operators, name))) {
    throw new PatternError(`${name} is Ruler reserved fieldName which cannot be used inside $or.`);
  }
  const steps = name.split(".");
  const last = steps.pop() ?? "";
  const parent = steps.reduce(childOf, node);
  const full = [...path, ...steps, last];
  if (Array.isArray(value)) parent.fields.set(last, { test: compileField(value), path: full });
  else if (isObject(value)) merge(childOf(parent, last), compileNode(value, full, where));
  else throw new PatternError(`"${name}" must be an object or an array`);
}

function compileChoice(value: unknown, path: readonly string[]): readonly PatternNode[] {
  if (!Array.isArray(value)) throw new PatternError("It must be an Array followed with $or.");
  const choice = value.map((alternative: unknown) => {
    if (!isObject(alternative)) throw new PatternError("Only JSON object is allowed in array of $or relationship.");
    return compileNode(alternative, path, { isInsideOr: true });
  });
  if (choice.length < 2) throw new PatternError("There must have at least 2 Objects in $or relationship.");
  return choice;
}

function emptyNode(): PatternNode {
  return { objects: new Map(), fields: new Map(), choices: [] };
}

function childOf(node: PatternNode, name: string): PatternNode {
  const child = node.objects.get(name) ?? emptyNode();
  node.objects.set(name, child);
  return child;
}

function merge(into: PatternNode, from: PatternNode): void {
  for (const [name, child] of from.objects) merge(childOf(into, name), child);
  for (const [name, field] of from.fields) into.fields.set(name, field);
  into.choices.push(...from.choices);
}

function combinations(node: PatternNode): number {
  const below = [...node.objects.values()].map(combinations);
  const chosen = node.choices.map((choice) => choice.reduce((sum, alternative) => sum + combinations(alternative), 0));
  return [...below, ...chosen].reduce((product, factor) => product * factor, 1);
}

/** Whether an event, or what stands at the node's place in it, satisfies the node. `root` is the whole event. */
export function matchesNode(node: PatternNode, value: unknown, root: unknown): boolean {
  if (!Array.isArray(value)) return matchesObject(node, isObject(value) ? value : {}, root);
  return elementsOf(value).some((element) => matchesObject(node, isObject(element) ? element : {}, root));
}

function matchesObject(node: PatternNode, value: Record<string, unknown>, root: unknown): boolean {
  for (const [name, field] of node.fields) if (!matchesField(field, memberOf(value, name), root)) return false;
  for (const [name, child] of node.objects) if (!matchesNode(child, memberOf(value, name), root)) return false;
  return node.choices.every((choice) => choice.some((alternative) => matchesObject(alternative, value, root)));
}

function matchesField(
  { test, path }: { readonly test: FieldTest; readonly path: readonly string[] },
  value: unknown,
  root: unknown,
): boolean {
  const { tests, mayBeAbsent } = test;
  if (leavesOf(value).some((leaf) => tests.some((holds) => holds(leaf)))) return true;
  // Of the whole event: an element of an array that lacks a field which another has does not make it absent.
  return mayBeAbsent && !hasLeaf(root, path);
}

function hasLeaf(value: unknown, path: readonly string[]): boolean {
  const [name, ...rest] = path;
  if (name === undefined) return leavesOf(value).length > 0;
  const parents = Array.isArray(value) ? elementsOf(value) : [value];
  return parents.some((parent) => isObject(parent) && hasLeaf(memberOf(parent, name), rest));
}

/** An event may write a path with dots as well. */
function memberOf(value: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(value, name)) return value[name];
  const prefix = `${name}.`;
  const dotted = Object.keys(value).filter((key) => key.startsWith(prefix));
  return dotted.length === 0 ? undefined : Object.fromEntries(dotted.map((key) => [key.slice(prefix.length), value[key]]));
}

function leavesOf(value: unknown): readonly Leaf[] {
  const values = Array.isArray(value) ? elementsOf(value) : [value];
  return values.filter((each): each is Leaf => each !== undefined && (each === null || typeof each !== "object"));
}

/** Arrays in arrays count as one; without recursion, since an event may nest them as deep as it is long. */
function elementsOf(array: readonly unknown[]): readonly unknown[] {
  if (!array.some(Array.isArray)) return array;
  const elements: unknown[] = [];
  const waiting: unknown[] = [array];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (Array.isArray(next)) for (let at = next.length - 1; at >= 0; at--) waiting.push(next[at]);
    else elements.push(next);
  }
  return elements;
}
