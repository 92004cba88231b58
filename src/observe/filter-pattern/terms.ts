// Unstructured patterns: terms that an event must (`ERROR`), must not (`-ERROR`) or may (`?ERROR`) contain, and a regex that stands alone.
// Terms are case-sensitive substrings: ERROR is found in ERRORCODE.

import { badTerm } from "./invalid.ts";
import type { FilterPattern } from "./pattern.ts";
import { endOfRegex, parseRegex } from "./regex.ts";

type Role = "include" | "exclude" | "any";

interface Term {
  readonly role: Role;
  readonly text: string;
}

export function parseTermsPattern(pattern: string): FilterPattern {
  if (pattern.startsWith("%")) return loneRegex(pattern);
  const terms = [...readTerms(pattern)];
  const include = textsOf(terms, "include");
  const exclude = textsOf(terms, "exclude");
  // AWS ignores every `?` term as soon as another kind stands beside it.
  const any = include.length + exclude.length === 0 ? textsOf(terms, "any") : [];
  const requires = include.reduce((longest, text) => (text.length > longest.length ? text : longest), "");
  return {
    matches: (message) =>
      include.every((text) => message.includes(text)) &&
      !exclude.some((text) => message.includes(text)) &&
      (any.length === 0 || any.some((text) => message.includes(text))),
    extract: () => ({}),
    ...(requires === "" ? {} : { requires }),
  };
}

function loneRegex(pattern: string): FilterPattern {
  const end = endOfRegex(pattern, 0);
  if (end !== pattern.length) throw badTerm(pattern);
  const regex = parseRegex(pattern.slice(1, -1));
  return {
    matches: regex.matches,
    extract: () => ({}),
    ...(regex.requires === undefined ? {} : { requires: regex.requires }),
  };
}

function textsOf(terms: readonly Term[], role: Role): string[] {
  return terms.filter((term) => term.role === role).map((term) => term.text);
}

// One term with what may stand before it; the text is quoted, or runs to the next space.
const TERM = /\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/suy;

function* readTerms(pattern: string): Generator<Term> {
  TERM.lastIndex = 0;
  while (TERM.lastIndex < pattern.length) {
    const from = TERM.lastIndex;
    const found = TERM.exec(pattern);
    if (found === null) throw badTerm(pattern.slice(from).trim());
    const [, prefix, quoted, bare] = found;
    yield { role: roleOf(prefix), text: quoted === undefined ? bareTerm(bare ?? "") : quotedTerm(quoted) };
  }
}

function roleOf(prefix: string | undefined): Role {
  if (prefix === "?") return "any";
  return prefix === "-" ? "exclude" : "include";
}

function bareTerm(text: string): string {
  if (!/^[\p{L}\p{N}_]+$/u.test(text)) throw badTerm(text);
  return text;
}

function quotedTerm(text: string): string {
  if (text === "") throw badTerm('""');
  // `" "` alone is AWS's way to say "everything": an event without a space counts too.
  return text.trim() === "" ? "" : text.replaceAll(/\\(["\\])/g, "$1");
}
