// Finds the operation of a REST request: by path in a tree of segments, then by query and headers among those that share the path.

import type { RequestHead } from "./identify.ts";
import { parseQuery } from "./query-string.ts";
import type { OperationPlan, ServiceModel } from "./service-model.ts";

export interface Route {
  readonly operation: OperationPlan;
  /** Percent-encoded, in the order of the template's labels. */
  readonly labels: readonly string[];
}

interface Candidate {
  readonly operation: OperationPlan;
  readonly literals: number;
  readonly statics: readonly (readonly [name: string, value: string])[];
  readonly requiredQuery: readonly string[];
  readonly requiredHeaders: readonly string[];
}

interface Node {
  readonly literals: Map<string, Node>;
  label?: Node;
  /** By method; `greedy` takes the rest of the path. */
  readonly here: Map<string, Candidate[]>;
  readonly greedy: Map<string, Candidate[]>;
}

const newNode = (): Node => ({ literals: new Map(), here: new Map(), greedy: new Map() });

/** Clients ask for the same few paths again and again: so many are remembered, up to this length. */
const REMEMBERED_MAX = 256;
const REMEMBERED_LENGTH_MAX = 256;

export class RestRouter {
  readonly #root = newNode();
  /** By method and path, where those alone decide. */
  readonly #remembered = new Map<string, Route>();

  constructor(service: ServiceModel) {
    for (const name of Object.keys(service.operations)) this.#add(service.operation(name)!);
  }

  #add(operation: OperationPlan): void {
    const { method, requestUri } = operation.model.http;
    const [path, query = ""] = requestUri.split("?") as [string, string?];
    const segments = splitPath(path);
    let node = this.#root;
    let isGreedy = false;
    for (const segment of segments) {
      isGreedy = segment.endsWith("+}");
      if (isGreedy) break;
      node = childOf(node, segment);
    }
    const table = isGreedy ? node.greedy : node.here;
    const candidate = {
      operation,
      literals: segments.filter((segment) => !segment.startsWith("{")).length,
      // AWS's clients add x-id to tell operations apart in logs; boto does not, so it cannot decide.
      statics: parseQuery(query).filter(([name]) => name !== "x-id"),
      requiredQuery: operation.inputBindings.query.filter((member) => member.required).map((member) => member.wireName),
      requiredHeaders: operation.inputBindings.headers.filter((member) => member.required).map((member) => member.wireName),
    };
    table.set(method, [...(table.get(method) ?? []), candidate]);
  }

  /** Undefined if no operation has this method and path. Throws MalformedRequest on a query that cannot be decoded. */
  find(head: RequestHead): Route | undefined {
    const key = `${head.method} ${head.path}`;
    const known = this.#remembered.get(key);
    if (known !== undefined) return known;
    const segments = splitPath(head.path);
    const found: { candidate: Candidate; labels: string[] }[] = [];
    walk({ node: this.#root, segments, at: 0, labels: [], method: head.method, found, path: head.path });
    if (found.length === 1 && found[0]!.candidate.statics.length === 0) return this.#remember(key, routeOf(found[0]!));
    return best(found, head);
  }

  #remember(key: string, route: Route): Route {
    if (key.length > REMEMBERED_LENGTH_MAX) return route;
    if (this.#remembered.size >= REMEMBERED_MAX) this.#remembered.clear();
    this.#remembered.set(key, route);
    return route;
  }
}

function childOf(node: Node, segment: string): Node {
  if (segment.startsWith("{")) {
    node.label ??= newNode();
    return node.label;
  }
  const child = node.literals.get(segment) ?? newNode();
  node.literals.set(segment, child);
  return child;
}

/** The last slash is not significant: Lambda's older clients send one. A key's is: the greedy label keeps it. */
function splitPath(path: string): string[] {
  const inner = path.slice(1, path.endsWith("/") && path.length > 1 ? -1 : undefined);
  return inner === "" ? [] : inner.split("/");
}

interface Walk {
  readonly node: Node;
  readonly segments: readonly string[];
  readonly at: number;
  readonly labels: readonly string[];
  readonly method: string;
  readonly path: string;
  readonly found: { candidate: Candidate; labels: string[] }[];
}

function walk(step: Walk): void {
  const { node, segments, at, labels, method, found } = step;
  const segment = segments[at];
  if (segment === undefined) {
    for (const candidate of node.here.get(method) ?? []) found.push({ candidate, labels: [...labels] });
    return;
  }
  const literal = node.literals.get(segment);
  if (literal) walk({ ...step, node: literal, at: at + 1 });
  if (node.label && segment !== "") walk({ ...step, node: node.label, at: at + 1, labels: [...labels, segment] });
  const greedy = node.greedy.get(method);
  if (!greedy) return;
  const rest = restOfPath(step.path, at);
  for (const candidate of greedy) found.push({ candidate, labels: [...labels, rest] });
}

/** Everything behind the first `count` segments, slashes included. */
function restOfPath(path: string, count: number): string {
  let from = 1;
  for (let index = 0; index < count; index++) from = path.indexOf("/", from) + 1;
  return path.slice(from);
}

const routeOf = ({ candidate, labels }: { candidate: Candidate; labels: string[] }): Route => ({ operation: candidate.operation, labels });

/** Most static query parameters first, then most required members that are there, then most literal segments. */
function best(found: readonly { candidate: Candidate; labels: string[] }[], head: RequestHead): Route | undefined {
  const query = new Map(parseQuery(head.query));
  const fits = found.filter(({ candidate }) =>
    candidate.statics.every(([name, value]) => query.has(name) && (value === "" || query.get(name) === value)),
  );
  const score = ({ candidate }: { candidate: Candidate }) => {
    const present =
      candidate.requiredQuery.filter((name) => query.has(name)).length +
      candidate.requiredHeaders.filter((name) => head.headers[name] !== undefined).length;
    const missing = candidate.requiredQuery.length + candidate.requiredHeaders.length - present;
    return [candidate.statics.length, missing === 0 ? 1 : 0, present, candidate.literals] as const;
  };
  const ranked = fits.map((match) => ({ match, score: score(match) })).sort((a, b) => compare(b.score, a.score));
  return ranked[0] && routeOf(ranked[0].match);
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
