// What is made at first need and kept: mostly of modules that a start need not read (docs/decisions/0032).

export class Late<T extends object> {
  readonly #make: () => Promise<T>;
  #making: Promise<T> | undefined;
  #made: T | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** Without a promise once it is made, so that it costs a busy path nothing. What failed is tried again at the next call. */
  get(): T | Promise<T> {
    if (this.#made !== undefined) return this.#made;
    this.#making ??= this.#make().then(
      (made) => {
        this.#made = made;
        return made;
      },
      (error: unknown) => {
        this.#making = undefined;
        throw error;
      },
    );
    return this.#making;
  }

  /** What `act` makes of it, at once where it is there already. */
  use<R>(act: (made: T) => R | Promise<R>): R | Promise<R> {
    const made = this.get();
    return made instanceof Promise ? made.then(act) : act(made);
  }

  /** undefined: nobody has needed it. Waits for what is being made. */
  async ifNeeded(): Promise<T | undefined> {
    return this.#making?.catch(() => undefined);
  }
}
