// How many environments this machine starts at one time, over all functions; who comes later waits in order.

export class StartSlots {
  readonly #waiting: ((release: () => void) => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  /** Calls back with the slot, now or later. `release` is to be called once. */
  take(use: (release: () => void) => void): void {
    if (this.#free > 0) this.#use(use);
    else this.#waiting.push(use);
  }

  #use(use: (release: () => void) => void): void {
    this.#free--;
    use(() => {
      this.#free++;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#use(next);
    });
  }
}
