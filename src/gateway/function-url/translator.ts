// Turns requests into events and answers into responses: at once when they are small, in a thread when they would hold up the event loop.

import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { moduleFile } from "../../lib/sibling.ts";
import { eventOf, type UrlRequest } from "./event.ts";
import { responseOf, type UrlResponse } from "./result.ts";
import type { TranslationAnswer, TranslationJob } from "./translate-worker.ts";

/** Nothing larger is parsed, encoded or hashed on the event loop. */
export const INLINE_BYTES_MAX = 1024 * 1024;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export class Translator {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lastId = 0;

  async event(request: UrlRequest, body: Uint8Array): Promise<Uint8Array> {
    if (body.byteLength <= INLINE_BYTES_MAX) return eventOf(request, body);
    return (await this.#ask({ kind: "event", request, body })) as Uint8Array;
  }

  /** undefined: the payload stands for no response. */
  async response(payload: Uint8Array): Promise<UrlResponse | undefined> {
    if (payload.byteLength <= INLINE_BYTES_MAX) return responseOf(payload);
    return (await this.#ask({ kind: "response", payload })) as UrlResponse | undefined;
  }

  /** SHA-256 in hexadecimal. */
  async hash(body: Uint8Array): Promise<string> {
    if (body.byteLength <= INLINE_BYTES_MAX) return createHash("sha256").update(body).digest("hex");
    return (await this.#ask({ kind: "hash", body })) as string;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #ask(job: TranslationJob): Promise<unknown> {
    this.#worker ??= this.#start();
    this.#worker.ref();
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(id, { resolve, reject });
    this.#worker.postMessage({ id, job });
    return promise;
  }

  #start(): Worker {
    const worker = new Worker(moduleFile("gateway/function-url/translate-worker"), { name: "function-url" });
    worker.on("message", ({ id, value }: TranslationAnswer) => {
      this.#waiting.get(id)?.resolve(value);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on("error", (error) => this.#lose(worker, error));
    worker.on("exit", (code) => this.#lose(worker, new Error(`the function URLs' thread ended with ${code}`)));
    return worker;
  }

  /** All that it had is lost with it; the next large one starts a new thread. */
  #lose(worker: Worker, error: unknown): void {
    if (this.#worker !== worker && this.#worker !== undefined) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
