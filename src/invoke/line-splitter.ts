// Cuts output into messages, which are lines, or several where a guest says so: it ends each line of a message but the last with RS, as in "one␞⏎two⏎".
// A message longer than the limit is cut into several, between characters; what has no line end yet waits.

const LINE_BYTES_MAX = 256 * 1024;
/** A line printed byte by byte is joined from time to time. */
const PARTS_MAX = 1024;
const NEW_LINE = 10;
/** As guest/node/console.cjs and guest/python/lambent_guest/logs.py write it. */
const CONTINUES = 0x1e;
const JOINT = "\x1e\n";

export interface LineSplitterOptions {
  /** Whether RS has its meaning: what prints is a guest of ours. */
  readonly joinsLines?: boolean;
}

export class LineSplitter {
  readonly #onLine: (line: string) => void;
  readonly #joinsLines: boolean;
  #rest: Buffer[] = [];
  #restBytes = 0;

  constructor(onLine: (line: string) => void, { joinsLines = false }: LineSplitterOptions = {}) {
    this.#onLine = joinsLines ? (line) => onLine(line.includes(JOINT) ? line.replaceAll(JOINT, "\n") : line) : onLine;
    this.#joinsLines = joinsLines;
  }

  push(bytes: Buffer): void {
    let from = 0;
    for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, end + 1)) {
      if (this.#joinsLines && this.#byteBefore(bytes, end) === CONTINUES) continue;
      this.#emit(bytes, from, end);
      from = end + 1;
    }
    if (from < bytes.length) this.#keep(bytes.subarray(from));
  }

  /** Hands out what is left as a line of its own. */
  flush(): void {
    if (this.#restBytes > 0) this.#emit(Buffer.alloc(0), 0, 0);
  }

  #byteBefore(bytes: Buffer, at: number): number | undefined {
    return at > 0 ? bytes[at - 1] : this.#rest.at(-1)?.at(-1);
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
    if (this.#restBytes <= LINE_BYTES_MAX && this.#rest.length < PARTS_MAX) return;
    let joined: Buffer = Buffer.concat(this.#rest);
    while (joined.length > LINE_BYTES_MAX) {
      const end = characterEnd(joined, 0, LINE_BYTES_MAX);
      this.#onLine(joined.toString("utf8", 0, end));
      joined = joined.subarray(end);
    }
    this.#rest = [joined];
    this.#restBytes = joined.length;
  }
}

/** `end`, or up to three bytes before it where a UTF-8 character would be cut. */
function characterEnd(bytes: Buffer, from: number, end: number): number {
  if (end >= bytes.length) return bytes.length;
  let at = end;
  while (at > end - 4 && at > from && (bytes[at]! & 0xc0) === 0x80) at--;
  return at === from || (bytes[at]! & 0xc0) === 0x80 ? end : at;
}
