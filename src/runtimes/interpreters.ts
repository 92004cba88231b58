// Chooses the interpreter for a managed runtime: the exact version, else the nearest newer one with a warning, never an older one.

import { realpathSync } from "node:fs";
import { join } from "node:path";
import { inspectInterpreter } from "./inspect-interpreter.ts";
import { type Candidate, candidates, type InterpreterSearch } from "./interpreter-places.ts";
import type { FoundInterpreter, Interpreter, Language } from "./runtime.ts";

export interface InterpreterSettings {
  readonly search: InterpreterSearch;
  /** Runtime id → the interpreter to use for it, whatever else is there. */
  readonly given: ReadonlyMap<string, string>;
  readonly exact: boolean;
}

export interface Wanted {
  readonly id: string; // "python3.12"
  readonly language: Language;
  readonly version: number; // 12
}

export type Lookup =
  | { readonly usable: true; readonly interpreter: FoundInterpreter }
  | { readonly usable: false; readonly because: string };

export class Interpreters {
  readonly #settings: InterpreterSettings;
  readonly #inspected = new Map<string, Promise<Interpreter | undefined>>();

  constructor(settings: InterpreterSettings) {
    this.#settings = settings;
  }

  /** Looks again at every call: an interpreter installed meanwhile is found. What was run once is not run again. */
  async find(wanted: Wanted): Promise<Lookup> {
    const given = this.#settings.given.get(wanted.id);
    const all = given === undefined ? candidates(wanted.language, this.#settings.search) : givenCandidates(given);
    const found = await this.#best(wanted, all);
    if (found === undefined) return { usable: false, because: nothingFound(wanted, given) };
    const best = { ...found, isShared: isShared(found.prefix, this.#settings.search.home) };
    const isExact = versionOf(wanted.language, best.version) === wanted.version;
    if (isExact) return { usable: true, interpreter: best };
    const title = `${titleOf(wanted.language)} ${best.version.join(".")} (${best.executable})`;
    if (this.#settings.exact)
      return { usable: false, because: `${wanted.id} needs ${nameOf(wanted)}, and the nearest here is ${title}. ${remedy(wanted)}` };
    return { usable: true, interpreter: { ...best, warning: `${wanted.id} runs on ${title}: ${nameOf(wanted)} was not found.` } };
  }

  /** Runs as few as possible: those whose path tells no version, then the best, and the next best if that one is broken. */
  async #best({ language, version }: Wanted, all: readonly Candidate[]): Promise<Interpreter | undefined> {
    const known = await Promise.all(
      all.map(async ({ path, guess }) => ({ path, version: guess ?? (await this.#inspect(language, path))?.version })),
    );
    const usable = known.flatMap((each) => (each.version === undefined ? [] : [{ path: each.path, version: each.version }]));
    for (const { path } of rank(language, version, usable)) {
      const interpreter = await this.#inspect(language, path);
      if (interpreter !== undefined && versionOf(language, interpreter.version) >= version) return interpreter;
    }
    return undefined;
  }

  #inspect(language: Language, path: string): Promise<Interpreter | undefined> {
    const known = this.#inspected.get(path);
    if (known !== undefined) return known;
    const inspected = inspectInterpreter(language, path);
    this.#inspected.set(path, inspected);
    return inspected;
  }
}

interface Versioned {
  readonly path: string;
  readonly version: readonly number[];
}

/** Best first: the version asked for, then newer ones from the nearest on; among equals the newest patch. Older ones are left out. */
export function rank(language: Language, wanted: number, all: readonly Versioned[]): readonly Versioned[] {
  const number = ({ version }: Versioned) => versionOf(language, version);
  const patch = ({ version: [, minor = 0, patch = 0] }: Versioned) => minor * 1000 + patch;
  return all.filter((each) => number(each) >= wanted).sort((a, b) => number(a) - number(b) || patch(b) - patch(a));
}

/** What a runtime id names: the major version of Node.js, the minor one of Python 3 (-1 for Python 2). */
function versionOf(language: Language, [major = 0, minor = 0]: readonly number[]): number {
  if (language === "nodejs") return major;
  return major === 3 ? minor : -1;
}

function isShared(prefix: string, home: string): boolean {
  return `${home}/`.startsWith(prefix === "/" ? prefix : `${prefix}/`) || prefix === join(home, ".local");
}

function givenCandidates(path: string): readonly Candidate[] {
  try {
    return [{ path: realpathSync(path), guess: undefined }];
  } catch {
    return [];
  }
}

function nothingFound(wanted: Wanted, given: string | undefined): string {
  if (given !== undefined) return `The interpreter given for ${wanted.id}, ${given}, does not run or is older than ${nameOf(wanted)}.`;
  return `${wanted.id} needs ${nameOf(wanted)} or newer on this machine, and none was found. ${remedy(wanted)}`;
}

function remedy(wanted: Wanted): string {
  return `Install it, or start lambent with --runtime-path ${wanted.id}=PATH.`;
}

function nameOf({ language, version }: Wanted): string {
  return `${titleOf(language)} ${language === "nodejs" ? version : `3.${version}`}`;
}

function titleOf(language: Language): string {
  return language === "nodejs" ? "Node.js" : "Python";
}
