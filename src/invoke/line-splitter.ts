// Cuts output into lines. A line longer than the limit is cut into several, between characters; what has no line end yet waits.

const LINE_BYTES_MAX = 256 * 1024;
const NEW_LINE = 10;

export class LineSplitter {
  readonly #onLine: (line: string) => void;
  #rest: Buffer[] = [];
  #restBytes = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  get hasPartialLine(): boolean {
    return this.#restBytes > 0;
  }

  push(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, from)) {
      this.#emit(bytes, from, end);
      from = end + 1;
    }
    if (from < bytes.length) this.#keep(bytes.subarray(from));
  }

  /** Hands out what is left as a line of its own. */
  flush(): void {
    if (this.#restBytes > 0) this.#emit(Buffer.alloc(0), 0, 0);
  }

  #emit(bytes: Buffer, from: number, end: number): void {
    if (this.#restBytes === 0 && end - from <= LINE_BYTES_MAX) {
      this.#onLine(bytes.toString("utf8", from, end));
      return;
    }
    const line = Buffer.concat([...this.#rest, bytes.subarray(from, end)]);
    this.#rest = [];
    this.#restBytes = 0;
    this.#emitPieces(line);
  }

  #emitPieces(line: Buffer): void {
    for (let from = 0; from < line.length; ) {
      const end = characterEnd(line, from, from + LINE_BYTES_MAX);
      this.#onLine(line.toString("utf8", from, end));
      from = end;
    }
  }

  /** A copy: a view would keep the whole read alive for a prompt without a line end. */
  #keep(bytes: Buffer): void {
    this.#rest.push(Buffer.from(bytes));
    this.#restBytes += bytes.length;
    if (this.#restBytes < LINE_BYTES_MAX && this.#rest.length < 1024) return;
    const joined = Buffer.concat(this.#rest);
    let from = 0;
    for (; joined.length - from >= LINE_BYTES_MAX; ) {
      const end = characterEnd(joined, from, from + LINE_BYTES_MAX);
      this.#onLine(joined.toString("utf8", from, end));
      from = end;
    }
    this.#rest = from < joined.length ? [joined.subarray(from)] : [];
    this.#restBytes = joined.length - from;
  }
}

/** `end`, or up to three bytes before it where a UTF-8 character would be cut. */
function characterEnd(bytes: Buffer, from: number, end: number): number {
  if (end >= bytes.length) return bytes.length;
  let at = end;
  while (at > end - 4 && at > from && (bytes[at]! & 0xc0) === 0x80) at--;
  return at === from || (bytes[at]! & 0xc0) === 0x80 ? end : at;
}
