// Where two JSON values differ, by path. Paths are written as code would: `items[3].price`; rules and groups name any index: `items[*].price`.

export interface Difference {
  readonly kind: "changed" | "missing" | "added" | "type";
  readonly path: string;
}

export interface DiffRules {
  /** Paths to pass over: `requestId`, `items[*].id`, `**.timestamp` at any depth. */
  readonly ignore: readonly RegExp[];
  /** Numbers are the same when they differ by at most this share of the larger. */
  readonly tolerance: number;
}

const DIFFERENCES_MAX = 100;

export function differences(primary: unknown, candidate: unknown, rules: DiffRules): readonly Difference[] {
  const found: Difference[] = [];
  walk({ primary, candidate, path: "" }, rules, found);
  return found;
}

/** A name, in which a star stands for anything, and indices behind it. */
const IGNORED_PART = /^(?!.*\*\*)[^[\]]*(?:\[(?:\d+|\*)\])*$/;

/** Whether `ignoreRule` reads it as it is meant: `**` stands only before all else, and nothing at all would pass over everything. */
export function isIgnorePath(text: string): boolean {
  const parts = text
    .replace(/^\$\.?/, "")
    .replace(/^\*\*\./, "")
    .split(".");
  return parts.every((part) => part !== "" && IGNORED_PART.test(part));
}

/** `*` stands for one part, `**` for any number of them, `[*]` for any index. */
export function ignoreRule(text: string): RegExp {
  const pattern = text
    .replace(/^\$\.?/, "")
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/^\*\*\\\./, "<any>")
    .replaceAll("\\[*\\]", "\\[\\*\\]")
    .replace(/(?<!\\)\*/g, "[^.[]+")
    .replace("<any>", "(?:.*[.\\]])?");
  return new RegExp(`^${pattern}(?:[.[].*)?$`);
}

interface Pair {
  readonly primary: unknown;
  readonly candidate: unknown;
  readonly path: string;
}

function walk({ primary, candidate, path }: Pair, rules: DiffRules, found: Difference[]): void {
  if (found.length >= DIFFERENCES_MAX || Object.is(primary, candidate) || isIgnored(path, rules)) return;
  if (Array.isArray(primary) && Array.isArray(candidate)) walkItems(primary, candidate, path, rules, found);
  else if (isObject(primary) && isObject(candidate)) walkMembers(primary, candidate, path, rules, found);
  else walkValue({ primary, candidate, path }, rules, found);
}

function walkValue({ primary, candidate, path }: Pair, rules: DiffRules, found: Difference[]): void {
  if (typeof primary === "number" && typeof candidate === "number" && isNear(primary, candidate, rules.tolerance)) return;
  const inside = [embedded(primary), embedded(candidate)] as const;
  if (inside[0] !== undefined && inside[1] !== undefined) walk({ primary: inside[0], candidate: inside[1], path }, rules, found);
  else found.push({ kind: kindOf(primary) === kindOf(candidate) ? "changed" : "type", path });
}

function walkItems(primary: readonly unknown[], candidate: readonly unknown[], path: string, rules: DiffRules, found: Difference[]): void {
  for (let at = 0; at < Math.min(primary.length, candidate.length); at++) {
    walk({ primary: primary[at], candidate: candidate[at], path: `${path}[${at}]` }, rules, found);
  }
  if (primary.length !== candidate.length && !isIgnored(`${path}[*]`, rules)) {
    found.push({ kind: candidate.length < primary.length ? "missing" : "added", path: `${path}[*]` });
  }
}

type Members = Readonly<Record<string, unknown>>;

function walkMembers(primary: Members, candidate: Members, path: string, rules: DiffRules, found: Difference[]): void {
  for (const name of new Set([...Object.keys(primary), ...Object.keys(candidate)])) {
    const at = path === "" ? name : `${path}.${name}`;
    if (!Object.hasOwn(candidate, name)) note("missing", at, rules, found);
    else if (!Object.hasOwn(primary, name)) note("added", at, rules, found);
    else walk({ primary: primary[name], candidate: candidate[name], path: at }, rules, found);
  }
}

function note(kind: Difference["kind"], path: string, rules: DiffRules, found: Difference[]): void {
  if (!isIgnored(path, rules)) found.push({ kind, path });
}

/** The same for any index. */
export function generalPath(path: string): string {
  return path.replace(/\[\d+\]/g, "[*]");
}

function isIgnored(path: string, { ignore }: DiffRules): boolean {
  const general = generalPath(path);
  return ignore.some((rule) => rule.test(general) || rule.test(path));
}

function isNear(a: number, b: number, tolerance: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

/** A body of API Gateway's and function URLs' answers is JSON inside a string. */
function embedded(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[{[]/.test(value)) return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
