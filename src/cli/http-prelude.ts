// Functions that stream HTTP answers put a head before the body: JSON, then eight zero bytes. This takes it off; what does not begin so is all body.

const BEGINNING = /^\{"(statusCode|headers|cookies)":/;
/** So many bytes say whether it begins like a head. */
const BEGINNING_BYTES = 14;
const END = Buffer.alloc(8);
/** What has no end by here is no head. */
const PRELUDE_BYTES_MAX = 64 * 1024;

export class PreludeApart {
  readonly #onPrelude: (text: string) => void;
  readonly #onBody: (piece: Buffer) => Promise<void>;
  /** Undefined once it is known what the answer begins with. */
  #held: Buffer | undefined = Buffer.alloc(0);

  constructor(onPrelude: (text: string) => void, onBody: (piece: Buffer) => Promise<void>) {
    this.#onPrelude = onPrelude;
    this.#onBody = onBody;
  }

  async take(piece: Buffer): Promise<void> {
    if (this.#held === undefined) return this.#onBody(piece);
    this.#held = Buffer.concat([this.#held, piece]);
    const end = this.#held.indexOf(END);
    if (!this.#mayBeHead(this.#held)) await this.end();
    else if (end >= 0) await this.#split(this.#held, end);
  }

  /** Nothing more will come. */
  async end(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && held.length > 0) await this.#onBody(held);
  }

  #mayBeHead(bytes: Buffer): boolean {
    if (bytes.length > PRELUDE_BYTES_MAX) return false;
    return bytes.length < BEGINNING_BYTES ? bytes[0] === 0x7b : BEGINNING.test(bytes.toString("latin1", 0, BEGINNING_BYTES));
  }

  async #split(bytes: Buffer, end: number): Promise<void> {
    this.#held = bytes.subarray(end + END.length);
    this.#onPrelude(bytes.toString("utf8", 0, end));
    await this.end();
  }
}
