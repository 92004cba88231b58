// The regular expressions of filter patterns: `%…%` with classes, quantifiers, anchors and `|`, without groups.
// Matched by following all positions at once, in time linear in the event's length: a caller's pattern can never make the event loop hang,
// as a backtracking engine would on `%a*a*a*a*b%`.

import { badTerm } from "./invalid.ts";

export interface Regex {
  matches(text: string): boolean;
  /** A text that is part of every match, where there is one. */
  readonly requires?: string;
}

/** Which characters one step accepts: a table for ASCII and one answer for all others. */
interface CharSet {
  readonly ascii: Uint8Array;
  readonly others: boolean;
}

/** `once`: exactly one; `maybe`: none or one; `many`: any number. Counted repetitions are written out. */
interface Step {
  readonly set: CharSet;
  readonly times: "once" | "maybe" | "many";
}

interface Alternative {
  readonly fromStart: boolean;
  readonly toEnd: boolean;
  readonly steps: readonly Step[];
  /** The longest text in it that has no operators; looked for first, since that is a hundred times faster. */
  readonly fixed: string;
}

const STEPS_MAX = 256;
const SYMBOLS = ":_#=@/;,- ";

/** The index behind the `%` that closes the regex which opens at `from`, or -1. */
export function endOfRegex(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === "%") return i + 1;
  }
  return -1;
}

/** `source` is what stands between the percent signs. Throws InvalidFilterPattern. */
export function parseRegex(source: string): Regex {
  if (source === "") throw badTerm("%%");
  const alternatives = new Parser(source).alternatives();
  const [first] = alternatives;
  return {
    matches: (text) => alternatives.some((alternative) => text.includes(alternative.fixed) && isFound(alternative, text)),
    ...(alternatives.length === 1 && first!.fixed !== "" ? { requires: first!.fixed } : {}),
  };
}

/** For a text that holds the fixed part. Walks it once, keeping the set of steps that may come next. */
function isFound({ steps, fromStart, toEnd, fixed }: Alternative, text: string): boolean {
  if (fixed.length === steps.length && !fromStart && !toEnd) return true;
  const end = steps.length;
  let now = new Positions(end + 1);
  let next = new Positions(end + 1);
  enter(now, steps, 0);
  for (let i = 0; i < text.length; i++) {
    // `$` stands before a last line end too: the lines of functions have one.
    if (now.has(end) && (!toEnd || (i === text.length - 1 && text[i] === "\n"))) return true;
    const code = text.charCodeAt(i);
    for (const at of now.list) {
      const step = steps[at];
      if (step === undefined || !accepts(step.set, code)) continue;
      enter(next, steps, step.times === "many" ? at : at + 1);
    }
    if (!fromStart) enter(next, steps, 0);
    [now, next] = [next, now];
    next.clear();
    if (now.list.length === 0) return false;
  }
  return now.has(end);
}

/** Adds a position and all that are reached from it without a character. */
function enter(positions: Positions, steps: readonly Step[], from: number): void {
  for (let at = from; positions.add(at); at++) {
    if (at >= steps.length || steps[at]?.times === "once") return;
  }
}

class Positions {
  readonly list: number[] = [];
  readonly #marks: Uint8Array;

  constructor(size: number) {
    this.#marks = new Uint8Array(size);
  }

  /** False when it was there already. */
  add(at: number): boolean {
    if (this.#marks[at] === 1) return false;
    this.#marks[at] = 1;
    this.list.push(at);
    return true;
  }

  has(at: number): boolean {
    return this.#marks[at] === 1;
  }

  clear(): void {
    for (const at of this.list) this.#marks[at] = 0;
    this.list.length = 0;
  }
}

function accepts(set: CharSet, code: number): boolean {
  return code < 128 ? set.ascii[code] === 1 : set.others;
}

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  alternatives(): Alternative[] {
    const all = [this.#alternative()];
    while (this.#take("|")) all.push(this.#alternative());
    if (this.#at < this.#source.length) throw this.#bad();
    return all;
  }

  #alternative(): Alternative {
    const fromStart = this.#take("^");
    const steps: Step[] = [];
    while (this.#at < this.#source.length && !"|$".includes(this.#peek())) steps.push(...this.#repeated(this.#atom()));
    if (steps.length > STEPS_MAX) throw this.#bad();
    return { fromStart, toEnd: this.#take("$"), steps, fixed: longestFixed(steps) };
  }

  #repeated(set: CharSet): Step[] {
    if (this.#take("*")) return [{ set, times: "many" }];
    if (this.#take("+")) {
      return [
        { set, times: "once" },
        { set, times: "many" },
      ];
    }
    if (this.#take("?")) return [{ set, times: "maybe" }];
    return this.#peek() === "{" ? this.#counted(set) : [{ set, times: "once" }];
  }

  /** `{m}`, `{m,n}`, `{m,}` and `{,n}`. */
  #counted(set: CharSet): Step[] {
    const found = /^\{(\d*)(?:(,) ?(\d*))?\}/.exec(this.#source.slice(this.#at));
    if (found === null) throw this.#bad();
    const [whole, from = "", comma, to = ""] = found;
    if (from === "" && to === "") throw this.#bad();
    this.#at += whole.length;
    const min = Number(from);
    const max = comma === undefined ? min : Number(to === "" ? Number.POSITIVE_INFINITY : to);
    if (min > STEPS_MAX || max < min || (Number.isFinite(max) && max > STEPS_MAX)) throw this.#bad();
    const required: Step[] = Array.from({ length: min }, () => ({ set, times: "once" }));
    if (max === Number.POSITIVE_INFINITY) return [...required, { set, times: "many" }];
    return [...required, ...Array.from({ length: max - min }, (): Step => ({ set, times: "maybe" }))];
  }

  #atom(): CharSet {
    const char = this.#next();
    if (char === ".") return inverted(setOf(""));
    if (char === "[") return this.#class();
    if (char === "\\") return this.#escape();
    if (/[A-Za-z0-9]/.test(char) || SYMBOLS.includes(char)) return setOf(char);
    throw this.#bad();
  }

  #class(): CharSet {
    const negated = this.#take("^");
    const set = setOf("");
    for (let first = true; first || this.#peek() !== "]"; first = false) this.#classMember(set);
    this.#at++;
    return negated ? inverted(set) : set;
  }

  #classMember(into: CharSet & { others: boolean }): void {
    const from = this.#classChar();
    const ranged = this.#peek() === "-" && this.#at + 1 < this.#source.length && this.#source[this.#at + 1] !== "]";
    if (!ranged) {
      join(into, from);
      return;
    }
    this.#at++;
    const [low, high] = [only(from), only(this.#classChar())];
    if (low === undefined || high === undefined || low > high) throw this.#bad();
    into.ascii.fill(1, low, high + 1);
  }

  #classChar(): CharSet {
    const char = this.#next();
    if (char === "\\") return this.#escape();
    if (char.charCodeAt(0) >= 128) throw this.#bad();
    return setOf(char);
  }

  #escape(): CharSet {
    const char = this.#next();
    const known = ESCAPES[char];
    if (known !== undefined) return known();
    if (char === "x") {
      const hex = this.#source.slice(this.#at, this.#at + 2);
      if (!/^[0-7][0-9A-Fa-f]$/.test(hex)) throw this.#bad();
      this.#at += 2;
      return setOf(String.fromCharCode(Number.parseInt(hex, 16)));
    }
    if (/[A-Za-z0-9]/.test(char) || char.charCodeAt(0) >= 128) throw this.#bad();
    return setOf(char);
  }

  #peek(): string {
    return this.#source[this.#at] ?? "";
  }

  #next(): string {
    const char = this.#source[this.#at];
    if (char === undefined) throw this.#bad();
    this.#at++;
    return char;
  }

  #take(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at++;
    return true;
  }

  #bad() {
    return badTerm(`%${this.#source}%`);
  }
}

const DIGITS = "0123456789";
const WORD = `${DIGITS}_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ`;
const SPACE = "\t\n\v\f\r ";

const ESCAPES: Readonly<Record<string, () => CharSet>> = {
  __proto__: null as never,
  d: () => setOf(DIGITS),
  D: () => inverted(setOf(DIGITS)),
  s: () => setOf(SPACE),
  S: () => inverted(setOf(SPACE)),
  w: () => setOf(WORD),
  W: () => inverted(setOf(WORD)),
  t: () => setOf("\t"),
  n: () => setOf("\n"),
  r: () => setOf("\r"),
};

function setOf(chars: string): { ascii: Uint8Array; others: boolean } {
  const ascii = new Uint8Array(128);
  for (const char of chars) ascii[char.charCodeAt(0)] = 1;
  return { ascii, others: false };
}

function inverted(set: CharSet): CharSet {
  return { ascii: set.ascii.map((one) => 1 - one), others: !set.others };
}

function join(into: { ascii: Uint8Array; others: boolean }, set: CharSet): void {
  set.ascii.forEach((one, code) => {
    if (one === 1) into.ascii[code] = 1;
  });
  into.others ||= set.others;
}

function longestFixed(steps: readonly Step[]): string {
  let longest = "";
  let run = "";
  for (const { set, times } of steps) {
    const code = times === "once" ? only(set) : undefined;
    run = code === undefined ? "" : run + String.fromCharCode(code);
    if (run.length > longest.length) longest = run;
  }
  return longest;
}

/** The code of the one character of a set, or undefined when it has several. */
function only(set: CharSet): number | undefined {
  const first = set.ascii.indexOf(1);
  return first === set.ascii.lastIndexOf(1) && first >= 0 && !set.others ? first : undefined;
}
