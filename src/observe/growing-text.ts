// Text that gathers as UTF-8. Kept as strings, tens of thousands of log lines a second would be moved from heap to heap by the garbage collector
// until they are saved; bytes outside the heap lie where they are.

const FIRST_BYTES = 4 * 1024;
/** Of one UTF-16 unit. */
const UTF8_BYTES_MAX = 3;
const nothing = Buffer.alloc(0);

export class GrowingText {
  #buffer: Buffer = nothing;
  #length = 0;

  /** A view: what is added later may or may not be in its memory. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  add(text: string): void {
    const room = this.#length + text.length * UTF8_BYTES_MAX;
    if (room > this.#buffer.length) this.#grow(room);
    this.#length += this.#buffer.write(text, this.#length, "utf8");
  }

  #grow(room: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(room, this.#buffer.length * 2, FIRST_BYTES));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
