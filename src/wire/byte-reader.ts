// Takes lines and pieces off a stream of chunks whose borders mean nothing.

export class ByteReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Up to `bytesMax` of what comes next, without copying; undefined at the end. */
  async piece(bytesMax: number): Promise<Buffer | undefined> {
    while (this.#held.length === 0) if (!(await this.#more())) return undefined;
    const piece = this.#held.subarray(0, bytesMax);
    this.#held = this.#held.subarray(piece.length);
    return piece;
  }

  /** Up to the next CRLF, which is taken off too; undefined if the stream ends or `bytesMax` pass without one. */
  async line(bytesMax: number): Promise<string | undefined> {
    for (;;) {
      const end = this.#held.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#held.toString("latin1", 0, end);
        this.#held = this.#held.subarray(end + 2);
        return line;
      }
      if (this.#held.length > bytesMax || !(await this.#more())) return undefined;
    }
  }

  async #more(): Promise<boolean> {
    const { value, done } = await this.#source.next();
    if (done) return false;
    const chunk = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    return true;
  }
}
