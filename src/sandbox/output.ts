// The one implementation of SandboxOutput, over whatever stream a driver reads its processes' output from.

import type { Readable } from "node:stream";
import type { SandboxOutput } from "./sandbox.ts";

/** More than a pipe (64 kB) or a Unix socket (208 kB) holds: after so much, all that was written before a call has been read. */
const KERNEL_BUFFER_BYTES = 256 * 1024;

export class StreamOutput implements SandboxOutput {
  readonly #stream: Readable;
  #listener: ((bytes: Buffer) => void) | undefined;
  #receivedBytes = 0;
  #ended = false;
  #isPaused = false;
  #isFinishing = false;
  #resumed: (() => void)[] = [];

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("data", (bytes: Buffer) => this.#hand(bytes));
    stream.on("error", () => {}); // a reset pipe is an ended one; "close" follows
    stream.on("close", () => this.#end());
    stream.on("end", () => this.#end());
    stream.pause(); // until somebody listens, the writer waits
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  onData(listener: (bytes: Buffer) => void): void {
    this.#listener = listener;
    if (!this.#isPaused) this.#flow();
  }

  pause(): void {
    this.#isPaused = true;
    if (!this.#isFinishing) this.#stream.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#flow();
  }

  async drained(): Promise<void> {
    const startedAt = this.#receivedBytes;
    while (!this.#ended) {
      if (this.#stream.isPaused()) await new Promise<void>((resolve) => this.#resumed.push(resolve));
      const before = this.#receivedBytes;
      await pollPass();
      if (this.#stream.isPaused()) continue;
      const isDry = this.#receivedBytes === before;
      if (isDry || this.#receivedBytes - startedAt >= KERNEL_BUFFER_BYTES) return;
    }
  }

  /** The writer has ended: hands out what is left of it, at most what the kernel held, even if the reader had paused. */
  async finish(): Promise<void> {
    this.#isFinishing = true;
    this.#flow();
    await this.drained();
    this.#isFinishing = false;
    if (this.#isPaused) this.#stream.pause();
  }

  /** Stops reading for good; what is unread is lost. */
  close(): void {
    this.#stream.destroy();
    this.#end();
  }

  #flow(): void {
    if (this.#listener === undefined) return;
    this.#stream.resume();
    this.#wake();
  }

  #hand(bytes: Buffer): void {
    this.#receivedBytes += bytes.length;
    this.#listener?.(bytes);
  }

  #end(): void {
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#resumed;
    this.#resumed = [];
    for (const resolve of waiting) resolve();
  }
}

let beginning: Promise<void> | undefined;

/**
 * The first immediate may belong to a turn whose poll is already over; before the second one, the kernel was asked once more.
 * Whoever asks before the first one shares the pass: it costs a call of the kernel.
 */
function pollPass(): Promise<void> {
  beginning ??= new Promise((resolve) =>
    setImmediate(() => {
      beginning = undefined;
      setImmediate(resolve);
    }),
  );
  return beginning;
}
