// Makes a value for a shape of a model: every member set, every value different, every constraint met.

import { compilePattern } from "../../src/wire/constraint.ts";
import { isStreamingBlob, type LinkedShape, type Member } from "../../src/wire/shape-graph.ts";
import { timestampFormat } from "../../src/wire/timestamp.ts";
import { samplePattern } from "./pattern-sample.ts";

type Bag = Record<string, unknown>;

/** Recursive shapes are entered this often. */
const RECURSION_MAX = 2;
const DEFAULT_LENGTH = 8;

export interface SynthesisOptions {
  /** Members left out: "GetObjectOutput.Expires", or "*.SSECustomerKey" wherever it stands. */
  readonly without: ReadonlySet<string>;
  /** Texts for shapes whose pattern has look-arounds: by shape name. */
  readonly texts: Readonly<Record<string, string>>;
}

export class Synthesis {
  readonly #options: SynthesisOptions;
  #count = 0;

  constructor(options: SynthesisOptions) {
    this.#options = options;
  }

  structure(shape: LinkedShape | undefined, above: readonly LinkedShape[] = []): Bag {
    const members = (shape?.members ?? []).filter((member) => !this.#isLeftOut(shape!, member));
    const chosen = shape?.traits.union ? members.slice(0, 1) : members;
    const out: Bag = {};
    for (const member of chosen) {
      const value = this.#value(member, [...above, shape!]);
      if (value !== undefined) out[member.name] = value;
    }
    return out;
  }

  #isLeftOut(shape: LinkedShape, member: Member): boolean {
    const { without } = this.#options;
    return without.has(`${shape.name}.${member.name}`) || without.has(`*.${member.name}`);
  }

  #value(member: Member, above: readonly LinkedShape[]): unknown {
    const { shape } = member;
    if (member.ref.location === "statusCode") return 200 + (this.#count++ % 3);
    if (shape.traits.eventstream) return this.#events(shape, above);
    if (above.filter((one) => one === shape).length >= RECURSION_MAX) return undefined;
    switch (shape.type) {
      case "structure":
        return this.structure(shape, above);
      case "list":
        return this.#list(shape, above);
      case "map":
        return this.#map(shape, above);
      case "blob":
        return this.#blob(member);
      case "boolean":
        return this.#count++ % 2 === 0;
      case "timestamp":
        return this.#date(member);
      case "string":
        return this.#text(shape);
      default:
        return this.#number(shape);
    }
  }

  /** One event of each kind that is no error. */
  #events(shape: LinkedShape, above: readonly LinkedShape[]): Bag[] {
    const members = shape.members.filter((member) => !member.shape.traits.exception);
    return members.map((member) => ({ [member.name]: this.structure(member.shape, [...above, shape]) }));
  }

  #list(shape: LinkedShape, above: readonly LinkedShape[]): unknown[] | undefined {
    const { min = 0, max = Number.POSITIVE_INFINITY } = shape.traits;
    const count = Math.min(Math.max(2, min), max);
    const elements = Array.from({ length: count }, () => this.#value(shape.element!, [...above, shape]));
    return elements.includes(undefined) ? undefined : elements;
  }

  #map(shape: LinkedShape, above: readonly LinkedShape[]): Bag | undefined {
    const count = Math.min(Math.max(2, shape.traits.min ?? 0), shape.traits.max ?? 2);
    const entries = Array.from({ length: count }, (): [string, unknown] => [
      this.#text(shape.key!.shape),
      this.#value(shape.value!, [...above, shape]),
    ]);
    return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
  }

  #blob(member: Member): Uint8Array {
    const { min = 0, max = 16 } = member.shape.traits;
    const length = isStreamingBlob(member) ? 1_000 : Math.min(Math.max(5, min), max);
    return Uint8Array.from({ length }, (_, index) => (index * 37 + this.#count++) & 0xff);
  }

  /** Dates in headers have whole seconds. */
  #date(member: Member): Date {
    const isWhole = member.ref.location === "header" || timestampFormat(member, "iso8601") === "rfc822";
    return new Date(1_700_000_000_000 + this.#count++ * 1_000 + (isWhole ? 0 : 250));
  }

  #number(shape: LinkedShape): number {
    const { min = 1, max = Number.MAX_SAFE_INTEGER } = shape.traits;
    const isWhole = shape.type === "integer" || shape.type === "long";
    const room = Math.min(max - min, isWhole ? 1_000 : 1);
    const offset = isWhole ? this.#count++ % (room + 1) : ((this.#count++ % 97) / 97) * room;
    return shape.type === "float" ? Math.fround(min + offset) : min + offset;
  }

  #text(shape: LinkedShape): string {
    const { min = 0, max = Number.POSITIVE_INFINITY, pattern, enum: values } = shape.traits;
    const seed = this.#count++;
    const fixed = this.#options.texts[shape.name];
    if (fixed !== undefined) return fixed;
    if (values) return values[seed % values.length]!;
    if (pattern === undefined) return plainText(seed, Math.min(Math.max(min, DEFAULT_LENGTH), max));
    const regex = compilePattern(pattern);
    const text = samplePattern(pattern, { seed, min: Math.max(min, 1), max, isFit: (candidate) => regex.test(candidate) });
    if (text === undefined) throw new Error(`no text was found for ${shape.name}: ${pattern} (${min}–${max})`);
    return text;
  }
}

/** Different for different seeds as far as the length allows, and with a character that every protocol must escape. */
function plainText(seed: number, length: number): string {
  const number = seed.toString(36);
  if (length <= number.length + 2) return number.padStart(length, "a").slice(-length);
  return `t&${number}`.padEnd(length, "x");
}
