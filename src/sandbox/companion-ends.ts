// The ends of companions, kept until somebody listens.

import type { Exit } from "./sandbox.ts";

export class CompanionEnds {
  #early: [name: string, exit: Exit][] = [];
  #listener: ((name: string, exit: Exit) => void) | undefined;

  report(name: string, exit: Exit): void {
    if (this.#listener === undefined) this.#early.push([name, exit]);
    else this.#listener(name, exit);
  }

  listen(listener: (name: string, exit: Exit) => void): void {
    this.#listener = listener;
    for (const [name, exit] of this.#early.splice(0)) listener(name, exit);
  }
}
