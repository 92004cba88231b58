// Cuts a space-delimited event into fields. What stands between brackets or double quotation marks is one field, without them.
// Linear in the event: where the next closing mark stands is looked up once, however many opening marks come before it.

export interface Field {
  readonly text: string;
  /** Where the field begins in the event, its bracket or quotation mark included. */
  readonly from: number;
}

const SPACE = /\s/;
const CLOSING: Readonly<Record<string, string>> = { "[": "]", '"': '"' };

export function splitFields(message: string): Field[] {
  const fields: Field[] = [];
  const brackets = new Finder(message, "]");
  const quotes = new Finder(message, '"');
  const words = /\S+/g;
  for (let word = words.exec(message); word !== null; word = words.exec(message)) {
    const from = word.index;
    const closing = CLOSING[message[from]!];
    const end = closing === undefined ? -1 : (closing === "]" ? brackets : quotes).next(from + 1);
    const isWhole = end >= 0 && (end + 1 === message.length || SPACE.test(message[end + 1]!));
    fields.push({ text: isWhole ? message.slice(from + 1, end) : word[0], from });
    if (isWhole) words.lastIndex = end + 1;
  }
  return fields;
}

/** The next place of one character, for askers that move forward. */
class Finder {
  readonly #text: string;
  readonly #char: string;
  #found = -2;

  constructor(text: string, char: string) {
    this.#text = text;
    this.#char = char;
  }

  /** -1 when there is none at or behind `from`. */
  next(from: number): number {
    if (this.#found !== -1 && this.#found < from) this.#found = this.#text.indexOf(this.#char, from);
    return this.#found;
  }
}
