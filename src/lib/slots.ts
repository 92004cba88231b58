// Things under way that come and go thousands of times a second. A Set is given a new table every few dozen deletions, and V8 links the old
// one to the new: once one of them has grown old, all that follow it, and all that those hold, outlive the young generation.

export class Slots<T extends object> {
  readonly #things: (T | undefined)[] = [];
  readonly #free: number[] = [];

  /** The number to remove it by. */
  add(thing: T): number {
    const number = this.#free.pop() ?? this.#things.length;
    this.#things[number] = thing;
    return number;
  }

  remove(number: number): void {
    this.#things[number] = undefined;
    this.#free.push(number);
  }

  all(): T[] {
    return this.#things.filter((thing) => thing !== undefined);
  }
}
