// Bounds the memory of large bodies that are being read and parsed at once; those beyond it wait, unread, in the kernel.

/** Seven of the largest requests that Lambda takes. */
const BUDGET_BYTES = 512 * 1024 * 1024;

export class BodyBudget {
  readonly #waiting: { bytes: number; begin(): void }[] = [];
  readonly #total: number;
  #used = 0;

  constructor(totalBytes: number = BUDGET_BYTES) {
    this.#total = totalBytes;
  }

  /** Runs `work` when `bytes` are free, in the order of asking. More than the whole budget waits for all of it. */
  async spend<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const share = Math.min(bytes, this.#total);
    if (this.#waiting.length > 0 || this.#used + share > this.#total)
      await new Promise<void>((begin) => this.#waiting.push({ bytes: share, begin }));
    else this.#used += share;
    try {
      return await work();
    } finally {
      this.#used -= share;
      this.#admit();
    }
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#used + next.bytes <= this.#total; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#used += next.bytes;
      next.begin();
    }
  }
}
