// The last 4 KB of one invocation's log, for X-Amz-Log-Result. Kept only for callers that asked.

const TAIL_BYTES_MAX = 4096;

export class Tail {
  #lines: string[] = [];
  #bytes = 0;

  add(line: string): void {
    this.#lines.push(line);
    this.#bytes += Buffer.byteLength(line) + 1;
    while (this.#lines.length > 1 && this.#bytes - lineBytes(this.#lines[0]!) >= TAIL_BYTES_MAX)
      this.#bytes -= lineBytes(this.#lines.shift()!);
  }

  /** Base64. */
  toString(): string {
    const text = Buffer.from(this.#lines.map((line) => `${line}\n`).join(""));
    return text.subarray(-TAIL_BYTES_MAX).toString("base64");
  }
}

function lineBytes(line: string): number {
  return Buffer.byteLength(line) + 1;
}
