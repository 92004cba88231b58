// The event loop's side of the parsing thread: started at first need, restarted after a crash, requests answered in order.

import { Worker } from "node:worker_threads";
import { ServiceError } from "../lib/errors.ts";
import { moduleFile } from "../lib/sibling.ts";
import { MalformedRequest } from "./malformed.ts";
import type { WireRequest } from "./message.ts";
import type { CodecName } from "./protocols.ts";

/** Bodies above this are never parsed, hashed or validated on the event loop. */
export const INLINE_BYTES_MAX = 1024 * 1024;

export interface ParseJob {
  readonly kind: "parse";
  readonly service: string;
  readonly operation: string;
  readonly codec: CodecName;
  readonly request: WireRequest & { readonly body: Uint8Array };
}

export interface HashJob {
  readonly kind: "hash";
  readonly bytes: Uint8Array;
}

export type Job = (ParseJob | HashJob) & { readonly id: number };

export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly message: string;
  readonly fields: ServiceError["fields"];
  readonly isMalformed: boolean;
}

export type Reply = { readonly id: number } & (
  | { readonly kind: "input"; readonly input: Record<string, unknown> }
  | { readonly kind: "hash"; readonly sha256: string; readonly bytes: Uint8Array }
  | { readonly kind: "refusal"; readonly refusal: Refusal }
  | { readonly kind: "failure"; readonly error: unknown }
);

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

export class ParseThread {
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 0;

  /** The validated input. The body's memory moves to the thread. Rejects with the refusal, or if the thread dies. */
  async parse(job: Omit<ParseJob, "kind">): Promise<Record<string, unknown>> {
    const reply = await this.#ask({ ...job, kind: "parse" }, job.request.body);
    if (reply.kind !== "input") throw failureOf(reply);
    return reply.input;
  }

  /** The SHA-256 in hexadecimal, and the same bytes in memory that has moved there and back. */
  async hash(bytes: Uint8Array): Promise<{ sha256: string; bytes: Uint8Array }> {
    const reply = await this.#ask({ kind: "hash", bytes }, bytes);
    if (reply.kind !== "hash") throw failureOf(reply);
    return reply;
  }

  #ask(job: ParseJob | HashJob, { buffer, byteLength }: Uint8Array): Promise<Reply> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    this.#waiting.set(id, { resolve, reject });
    worker.ref();
    // A view of a larger buffer is copied: the rest belongs to someone else.
    worker.postMessage({ ...job, id }, buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []);
    return promise;
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(moduleFile("wire/parse-worker"));
    worker.on("message", (reply: Reply) => {
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on("error", (error) => this.#lose(worker, error));
    worker.on("exit", (code) => this.#lose(worker, new Error(`the parsing thread ended with ${code}`)));
    worker.unref();
    return worker;
  }

  /** All requests that it had are lost with it; the next one starts a new thread. */
  #lose(worker: Worker, error: unknown): void {
    if (this.#worker === worker) this.#worker = undefined;
    else if (this.#worker) return;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function failureOf(reply: Reply): unknown {
  if (reply.kind !== "refusal") return reply.kind === "failure" ? reply.error : new Error(`the parsing thread answered with ${reply.kind}`);
  const { code, status, message, fields, isMalformed } = reply.refusal;
  return isMalformed ? new MalformedRequest(message) : new ServiceError(code, status, message, { fields });
}
