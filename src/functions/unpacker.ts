// The unpack worker as seen from the event loop: started at first need, ended after it had nothing to do for a while.

import { Worker } from "node:worker_threads";
import { PlatformError } from "../lib/errors.ts";
import { moduleFile } from "../lib/sibling.ts";
import type { Unpacked } from "./unpack.ts";
import { Refusal } from "./unpack-refusal.ts";
import type { TreeJob, UnpackAnswer, UnpackRequest } from "./unpack-worker.ts";

const KEEP_IDLE_MS = 10_000;

interface Waiting {
  readonly resolve: (unpacked: Unpacked) => void;
  readonly reject: (error: Error) => void;
}

export class Unpacker {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #lastId = 0;

  /** Throws Refusal when the zip is at fault, PlatformError "code-store-failed" when this machine is. */
  run(job: TreeJob): Promise<Unpacked> {
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    this.#worker.ref();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<Unpacked>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker.postMessage({ id, job } satisfies UnpackRequest);
    return promise;
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(moduleFile("functions/unpack-worker"), { name: "unpack" });
    worker.on("message", (answer: UnpackAnswer) => this.#settle(answer));
    worker.on("error", (error) => this.#lost(worker, error));
    worker.on("exit", () => this.#lost(worker, undefined));
    return worker;
  }

  #settle(answer: UnpackAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("unpacked" in answer) waiting?.resolve(answer.unpacked);
    else if ("refused" in answer) waiting?.reject(new Refusal(answer.refused, answer.because));
    else waiting?.reject(failure(answer.failed));
    if (this.#waiting.size > 0) return;
    this.#worker?.unref();
    this.#idle = setTimeout(() => void this.close(), KEEP_IDLE_MS);
    this.#idle.unref();
  }

  #lost(worker: Worker, cause: Error | undefined): void {
    if (this.#worker !== worker && this.#worker !== undefined) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(failure("the unpack worker ended", cause));
    this.#waiting.clear();
  }
}

function failure(message: string, cause?: unknown): PlatformError {
  return new PlatformError("code-store-failed", `A function's code could not be unpacked: ${message}`, { cause });
}
