// What is wrong with a payload that is not JSON, in the words of the parser that AWS uses (Jackson). Only ever asked about a payload that
// JSON.parse has refused, so clarity counts here and speed does not.

export interface JsonFault {
  readonly message: string;
  /** Both from 1; a column counts bytes. */
  readonly line: number;
  readonly column: number;
}

const SOURCE = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)";
const VALUE = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
const LITERALS: Readonly<Record<string, string>> = { n: "null", t: "true", f: "false" };

/** undefined: it is JSON after all. */
export function findJsonFault(bytes: Uint8Array): JsonFault | undefined {
  try {
    new Scan(bytes).document();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.fault;
    throw error;
  }
}

/** AWS's text for a payload with this fault. */
export function describeJsonFault({ message, line, column }: JsonFault): string {
  return `Could not parse request body into json: Could not parse payload into json: ${message}\n at ${SOURCE}; line: ${line}, column: ${column}]`;
}

class Fault extends Error {
  readonly fault: JsonFault;

  constructor(fault: JsonFault) {
    super(fault.message);
    this.fault = fault;
  }
}

type Container = { readonly kind: "Object" | "Array"; readonly startedAt: number; isFresh: boolean };

class Scan {
  readonly #text: string; // one character per byte
  readonly #open: Container[] = []; // a stack of our own: nesting must not cost ours
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  }

  document(): void {
    this.#space();
    if (this.#peek() === "") throw this.#fault("No content to map due to end-of-input", this.#at + 1);
    this.#value();
    while (this.#open.length > 0) this.#next(this.#open.at(-1)!);
    this.#space();
    // AWS: what it makes of a second value is not known.
    if (this.#peek() !== "") throw this.#unexpected("expected the end of the input after the value");
  }

  #value(): void {
    this.#space();
    const char = this.#peek();
    if (char === "{") this.#enter("Object");
    else if (char === "[") this.#enter("Array");
    else if (char === '"') this.#string();
    else if (char === "-" || (char >= "0" && char <= "9")) this.#number();
    else if (char === "") throw this.#endOfInput();
    else if (/[A-Za-z_$]/.test(char)) this.#literal();
    else throw this.#unexpected(`expected a valid value ${VALUE}`);
  }

  #enter(kind: Container["kind"]): void {
    this.#open.push({ kind, startedAt: this.#at, isFresh: true });
    this.#at++;
  }

  #entry(kind: Container["kind"]): void {
    if (kind === "Object") this.#fieldName();
    this.#value();
  }

  #fieldName(): void {
    this.#space();
    if (this.#peek() === "") throw this.#endOfInput();
    if (this.#peek() !== '"') throw this.#unexpected("was expecting double-quote to start field name");
    this.#string();
    this.#space();
    if (this.#peek() === "") throw this.#endOfInput();
    if (this.#peek() !== ":") throw this.#unexpected("was expecting a colon to separate field name and value");
    this.#at++;
  }

  // One step inside the innermost container: its end, or one more entry.
  #next(container: Container): void {
    const { kind, isFresh } = container;
    container.isFresh = false;
    this.#space();
    const char = this.#peek();
    if (char === "") throw this.#endOfInput();
    const isEnd = char === (kind === "Object" ? "}" : "]");
    if (!isEnd && !isFresh && char !== ",") throw this.#unexpected(`was expecting comma to separate ${kind} entries`);
    if (isEnd || !isFresh) this.#at++;
    if (isEnd) this.#open.pop();
    else this.#entry(kind);
  }

  #string(): void {
    for (this.#at++; this.#peek() !== '"'; this.#at++) {
      const char = this.#peek();
      if (char === "") throw this.#fault("Unexpected end-of-input: was expecting closing quote for a string value", this.#at + 1);
      if (char < " ") {
        const text = `Illegal unquoted character (${shown(char)}): has to be escaped using backslash to be included in string value`;
        throw this.#fault(text, this.#at + 1);
      }
      if (char === "\\") this.#escape();
      else if (char >= "\x80") this.#multibyte();
    }
    this.#at++;
  }

  #escape(): void {
    const char = this.#text.charAt(++this.#at);
    if (!/["\\/bfnrtu]/.test(char)) throw this.#fault(`Unrecognized character escape ${shown(char)}`, this.#at + 1);
    if (char === "u" && !/^[0-9a-fA-F]{4}$/.test(this.#text.slice(this.#at + 1, this.#at + 5))) {
      throw this.#fault("Unexpected character: expected a hex-digit for character escape sequence", this.#at + 2);
    }
  }

  #number(): void {
    const found = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.#text.slice(this.#at, this.#at + 1_000));
    if (found === null) throw this.#unexpected("expected digit (0-9) to follow minus sign, for valid numeric value");
    this.#at += found[0].length;
    if (/[0-9]/.test(this.#peek())) throw this.#fault("Invalid numeric value: Leading zeroes not allowed", this.#at + 1);
    if (/[.A-Za-z_]/.test(this.#peek())) throw this.#unexpected("Expected space separating root-level values");
  }

  #literal(): void {
    const start = this.#at;
    const literal = LITERALS[this.#peek()];
    while (/[A-Za-z0-9_$\x80-\xff]/.test(this.#peek())) {
      if (this.#peek() >= "\x80") this.#multibyte();
      this.#at++;
    }
    const token = this.#text.slice(start, this.#at);
    if (token !== literal) throw this.#fault(`Unrecognized token '${token}': was expecting ${VALUE}`, this.#at + 1);
  }

  // Stands on the first byte of a character, goes to its last.
  #multibyte(): void {
    const first = this.#text.charCodeAt(this.#at);
    const more = first >= 0xf0 && first < 0xf8 ? 3 : first >= 0xe0 && first < 0xf0 ? 2 : first >= 0xc0 && first < 0xe0 ? 1 : 0;
    if (more === 0) throw this.#fault(`Invalid UTF-8 start byte 0x${first.toString(16)}`, this.#at + 2);
    for (let left = more; left > 0; left--) {
      const byte = this.#text.charCodeAt(++this.#at);
      if ((byte & 0xc0) !== 0x80) throw this.#fault(`Invalid UTF-8 middle byte 0x${byte.toString(16)}`, this.#at + 2);
    }
  }

  #space(): void {
    while (" \t\n\r".includes(this.#peek() || "x")) this.#at++;
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #unexpected(expected: string): Fault {
    return this.#fault(`Unexpected character (${shown(this.#peek())}): ${expected}`, this.#at + 1);
  }

  #endOfInput(): Fault {
    const open = this.#open.at(-1);
    if (open === undefined) return this.#fault("Unexpected end-of-input", this.#at + 1);
    const { line, column } = this.#place(open.startedAt + 1);
    const marker = `start marker at ${SOURCE}; line: ${line}, column: ${column}]`;
    return this.#fault(`Unexpected end-of-input: expected close marker for ${open.kind} (${marker})`, this.#at + 1);
  }

  #fault(message: string, column: number): Fault {
    return new Fault({ message, ...this.#place(column) });
  }

  /** `position` counts bytes from 1. */
  #place(position: number): { readonly line: number; readonly column: number } {
    const before = this.#text.slice(0, Math.min(position - 1, this.#at));
    const line = before.split("\n").length;
    return { line, column: position - (before.lastIndexOf("\n") + 1) };
  }
}

// 'x' (code 120) or (CTRL-CHAR, code 10), as Jackson shows a character.
function shown(char: string): string {
  const code = char.charCodeAt(0);
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? `(CTRL-CHAR, code ${code})` : `'${char}' (code ${code})`;
}
