// Makes a text that a model's pattern accepts: enough of a regular-expression parser to walk the patterns that AWS writes.
// Look-arounds are skipped; the caller checks the result against the real expression.

interface Part {
  /** Appends one way to satisfy the part. */
  sample(maker: Maker): string;
}

/** Chooses characters and counts; another seed gives another text. */
class Maker {
  readonly repeat: number;
  #state: number;

  constructor(seed: number, repeat: number) {
    this.#state = seed;
    this.repeat = repeat;
  }

  below(count: number): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (this.#state >>> 8) % count;
  }
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const CLASSES: Readonly<Record<string, string>> = { d: "0123456789", w: `${LETTERS}0123456789_`, s: " ", S: LETTERS, D: LETTERS, W: "-" };

/** Undefined if no attempt fits pattern and lengths. `isFit` is the real expression. */
export function samplePattern(
  pattern: string,
  options: { seed: number; min: number; max: number; isFit: (text: string) => boolean },
): string | undefined {
  const part = new Parser(pattern.replace(/^\(\?i\)/, "")).all();
  for (const repeat of [1, 2, 3, 5, 6, 8, 12, 20, 32, 48, 64, 100, 150, 256, 512]) {
    for (let attempt = 0; attempt < 12; attempt++) {
      const text = part.sample(new Maker(options.seed * 31 + attempt, repeat));
      if (text.length >= options.min && text.length <= options.max && options.isFit(text)) return text;
    }
  }
  return undefined;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  all(): Part {
    return this.#alternatives();
  }

  #alternatives(): Part {
    const options = [this.#sequence()];
    while (this.#text[this.#at] === "|") {
      this.#at++;
      options.push(this.#sequence());
    }
    return { sample: (maker) => options[options.length === 1 ? 0 : maker.below(options.length)]!.sample(maker) };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text[this.#at]!)) parts.push(this.#counted(this.#atom()));
    return { sample: (maker) => parts.map((part) => part.sample(maker)).join("") };
  }

  #counted(part: Part): Part {
    const match = /^(?:([*+?])|\{(\d+)(?:(,)(\d*))?\})[?+]?/.exec(this.#text.slice(this.#at));
    if (!match) return part;
    this.#at += match[0].length;
    const [, sign, low, comma, high] = match;
    const min = sign ? (sign === "+" ? 1 : 0) : Number(low);
    const max = sign ? (sign === "?" ? 1 : Number.POSITIVE_INFINITY) : comma ? (high ? Number(high) : Number.POSITIVE_INFINITY) : min;
    return {
      sample: (maker) => {
        const count = max === 1 ? min + maker.below(2 - min) : Math.min(max, Math.max(min, maker.repeat));
        return Array.from({ length: count }, () => part.sample(maker)).join("");
      },
    };
  }

  #atom(): Part {
    const char = this.#text[this.#at++]!;
    if (char === "(") return this.#group();
    if (char === "[") return choose(this.#class());
    if (char === "\\") return this.#escape();
    if (char === "^" || char === "$") return { sample: () => "" };
    return char === "." ? choose(LETTERS) : { sample: () => char };
  }

  #group(): Part {
    const head = /^\?(?::|<?[=!]|<\w+>)/.exec(this.#text.slice(this.#at))?.[0] ?? "";
    this.#at += head.length;
    const inner = this.#alternatives();
    this.#at++;
    return /[=!]/.test(head) ? { sample: () => "" } : inner;
  }

  #escape(): Part {
    const char = this.#text[this.#at++]!;
    if (char === "b") return { sample: () => "" };
    if (char === "u") return this.#codePoint();
    if (char === "p") return choose(this.#property());
    if (char === "n" || char === "r" || char === "t") return { sample: () => ({ n: "\n", r: "\r", t: "\t" })[char] };
    return CLASSES[char] ? choose(CLASSES[char]) : { sample: () => char };
  }

  #codePoint(): Part {
    const hex = this.#text.slice(this.#at, this.#at + 4);
    this.#at += 4;
    return { sample: () => String.fromCharCode(Number.parseInt(hex, 16)) };
  }

  #property(): string {
    const name = /^\{(\w+)\}/.exec(this.#text.slice(this.#at))!;
    this.#at += name[0].length;
    if (name[1]!.startsWith("N")) return "0123456789";
    return name[1]!.startsWith("Z") ? " " : name[1] === "Alnum" ? LETTERS : name[1]!.startsWith("L") ? `${LETTERS}éß` : LETTERS;
  }

  /** The characters of a class that is not negated; of a negated one, the letters that it leaves. */
  #class(): string {
    const isNegated = this.#text[this.#at] === "^";
    if (isNegated) this.#at++;
    let chars = "";
    for (let first = true; this.#text[this.#at] !== "]" || first; first = false) chars += this.#classItem();
    this.#at++;
    if (!isNegated) return chars;
    return [...LETTERS, "1", "-", "."].filter((char) => !chars.includes(char)).join("");
  }

  #classItem(): string {
    const low = this.#classChar();
    if (low.length !== 1 || this.#text[this.#at] !== "-" || this.#text[this.#at + 1] === "]") return low;
    const back = this.#at++;
    const high = this.#classChar();
    if (high.length !== 1) {
      this.#at = back;
      return low;
    }
    const [from, to] = [low.charCodeAt(0), high.charCodeAt(0)];
    const printable = (code: number) => (code >= 0x20 && code < 0x7f) || (code >= 0xa1 && code < 0x2000);
    const range = Array.from({ length: Math.min(to - from, 400) + 1 }, (_, index) => from + index).filter(printable);
    return String.fromCharCode(...range);
  }

  #classChar(): string {
    const char = this.#text[this.#at++]!;
    if (char !== "\\") return char;
    const next = this.#text[this.#at++]!;
    if (next === "p") return this.#property();
    if (next === "u" || next === "x") {
      const digits = next === "u" ? 4 : 2;
      this.#at += digits;
      return String.fromCharCode(Number.parseInt(this.#text.slice(this.#at - digits, this.#at), 16));
    }
    return CLASSES[next] ?? { n: "\n", r: "\r", t: "\t" }[next] ?? next;
  }
}

/** Spaces last: a text should not begin or end with one if there is a choice. */
function choose(chars: string): Part {
  const visible = [...chars].filter((char) => !/\s/.test(char));
  const options = visible.length > 0 ? visible : [...chars];
  return { sample: (maker) => options[maker.below(options.length)] ?? "" };
}
