// How often values were at most so large, since the beginning: what Prometheus calls a histogram. Adding one costs a few comparisons.

export class Histogram {
  /** Ascending; what is larger than the last is counted too. */
  readonly bounds: readonly number[];
  /** Of values up to each bound and above the one before; the last is of all that are larger. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  add(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > this.bounds[at]!) at++;
    this.#counts[at]!++;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  get counts(): readonly number[] {
    return this.#counts;
  }
}
