// What JSON and space-delimited patterns share: reading tokens, and conditions joined by && and ||, with parentheses: () before && before ||.

import { badTerm, InvalidFilterPattern } from "./invalid.ts";
import type { Operator } from "./operand.ts";
import { endOfRegex } from "./regex.ts";

export type Condition<E> = (event: E) => boolean;

const DEPTH_MAX = 64;
/** AWS: at most two regexes in a JSON or space-delimited pattern. */
const REGEX_MAX = 2;

/** A cursor over the pattern's text. */
export class Scanner {
  readonly text: string;
  at = 0;
  #regexes = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Skips spaces, then takes `word` if it stands here. */
  take(word: string): boolean {
    this.#skipSpaces();
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  /** Skips spaces, then takes what the sticky expression finds. */
  match(sticky: RegExp): RegExpExecArray | null {
    this.#skipSpaces();
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.text);
    if (found !== null) this.at = sticky.lastIndex;
    return found;
  }

  isAtEnd(): boolean {
    this.#skipSpaces();
    return this.at >= this.text.length;
  }

  operator(): Operator | undefined {
    return this.match(/!=|<=|>=|=|<|>/y)?.[0] as Operator | undefined;
  }

  /** A quoted text, a regex or a bare word, as it is written. Throws InvalidFilterPattern. */
  operand(): string {
    this.#skipSpaces();
    if (this.text[this.at] === "%") return this.#regex();
    const found = this.match(/"(?:[^"\\]|\\.)*"|[A-Za-z0-9_.*+-]+/sy);
    if (found === null) throw this.bad();
    return found[0];
  }

  bad(): InvalidFilterPattern {
    const rest = this.text.slice(this.at).trim();
    return rest === "" ? new InvalidFilterPattern("the pattern ends too early") : badTerm(rest.split(/\s/, 1)[0] ?? rest);
  }

  #regex(): string {
    const end = endOfRegex(this.text, this.at);
    if (end < 0) throw this.bad();
    this.#regexes++;
    if (this.#regexes > REGEX_MAX) throw new InvalidFilterPattern(`a pattern can hold ${REGEX_MAX} regular expressions`);
    const raw = this.text.slice(this.at, end);
    this.at = end;
    return raw;
  }

  #skipSpaces(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }
}

/** Reads conditions until something else than && or || follows. `one` reads a single condition. */
export function readConditions<E>(scanner: Scanner, one: (scanner: Scanner) => Condition<E>, depth = 0): Condition<E> {
  if (depth > DEPTH_MAX) throw new InvalidFilterPattern("the pattern is nested too deeply");
  const either: Condition<E>[] = [];
  do {
    const all: Condition<E>[] = [];
    do all.push(readOne(scanner, one, depth));
    while (scanner.take("&&"));
    either.push(all.length === 1 ? all[0]! : (event) => all.every((condition) => condition(event)));
  } while (scanner.take("||"));
  return either.length === 1 ? either[0]! : (event) => either.some((condition) => condition(event));
}

function readOne<E>(scanner: Scanner, one: (scanner: Scanner) => Condition<E>, depth: number): Condition<E> {
  if (!scanner.take("(")) return one(scanner);
  const inner = readConditions(scanner, one, depth + 1);
  if (!scanner.take(")")) throw scanner.bad();
  return inner;
}
