// One SandboxOutput over the streams of several processes: those of one after the other, and those of companions that live at the same time.

import type { StreamOutput } from "./output.ts";
import type { SandboxOutput } from "./sandbox.ts";

export class SuccessiveOutput implements SandboxOutput {
  #streams: StreamOutput[] = [];
  #listener: ((bytes: Buffer) => void) | undefined;
  #isPaused = false;

  get hasBegun(): boolean {
    return this.#streams.length > 0;
  }

  follow(next: StreamOutput): void {
    this.#streams = [...this.#streams.filter((stream) => !stream.isEnded), next];
    if (this.#listener !== undefined) next.onData(this.#listener);
    if (this.#isPaused) next.pause();
  }

  onData(listener: (bytes: Buffer) => void): void {
    this.#listener = listener;
    for (const stream of this.#streams) stream.onData(listener);
  }

  pause(): void {
    this.#isPaused = true;
    for (const stream of this.#streams) stream.pause();
  }

  resume(): void {
    this.#isPaused = false;
    for (const stream of this.#streams) stream.resume();
  }

  drained(): Promise<void> {
    const [first, ...others] = this.#streams;
    if (first === undefined) return Promise.resolve();
    if (others.length === 0) return first.drained(); // as a rule: each further promise takes three turns of the microtasks
    return Promise.all(this.#streams.map((stream) => stream.drained())).then(() => undefined);
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
  }
}
