// What all pollers of this node have in hand together, in bytes of records: beyond a limit nobody takes more, so that a thousand lanes with large
// messages do not fill the memory. Above half of it a lane says first how much it is about to take; below, lanes that wait for messages which may
// never come would only be in the way. So the limit is met approximately.

/** An event is twice as much in memory on its way to the function. */
const HELD_BYTES_MAX = 256 * 1024 * 1024;

interface Waiting {
  readonly bytes: number;
  /** With what is held for it. */
  readonly enter: (reserved: number) => void;
}

export class HeldBytes {
  readonly #max: number;
  readonly #waiting = new Set<Waiting>();
  #held = 0;

  constructor(max: number = HELD_BYTES_MAX) {
    this.#max = max;
  }

  get bytes(): number {
    return this.#held;
  }

  /** Resolves when there is room for about so many, in the order of those who wait, with what is held for them from now on; 0 when the signal ends it. */
  async room(bytes: number, signal: AbortSignal): Promise<number> {
    if (signal.aborted) return 0;
    if (this.#waiting.size === 0) {
      if (this.#held < this.#max / 2) return 0;
      if (this.#fits(bytes)) return this.#reserve(bytes);
    }
    return this.#turn(bytes, signal);
  }

  hold(bytes: number): void {
    this.#held += bytes;
  }

  release(bytes: number): void {
    this.#held -= bytes;
    for (const { bytes: more, enter } of [...this.#waiting]) {
      if (!this.#fits(more)) return;
      enter(this.#reserve(more));
    }
  }

  #turn(bytes: number, signal: AbortSignal): Promise<number> {
    return new Promise((resolve) => {
      const enter = (reserved: number) => {
        this.#waiting.delete(waiting);
        signal.removeEventListener("abort", leave);
        resolve(reserved);
      };
      const leave = () => enter(0);
      const waiting = { bytes, enter };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", leave, { once: true });
    });
  }

  /** What is larger than all there is goes alone. */
  #fits(bytes: number): boolean {
    return this.#held === 0 || this.#held + bytes <= this.#max;
  }

  #reserve(bytes: number): number {
    this.#held += bytes;
    return bytes;
  }
}
