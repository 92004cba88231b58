// The platform's side of the Runtime API, as small as tests of guests need it: events are handed out one by one, answers collected.

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What each event has left when it is handed out. */
export const DEADLINE_MS = 60_000;

export interface Answer {
  readonly kind: "response" | "error" | "init-error";
  readonly headers: IncomingMessage["headers"];
  readonly trailers: IncomingMessage["trailers"];
  readonly text: string;
}

export class RuntimeApiServer {
  readonly #server = createServer((request, response) => void this.#serve(request, response));
  readonly #answers: Answer[] = [];
  #changed = Promise.withResolvers<void>();
  #parked: ServerResponse | undefined;

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Hands one event to the runtime as soon as it asks; resolves to its request id. */
  async send(payload: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    while (this.#parked === undefined) await this.#changed.promise;
    const parked = this.#parked;
    this.#parked = undefined;
    const id = randomUUID();
    parked.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": String(Date.now() + DEADLINE_MS),
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-west-1:000000000000:function:tested",
      "lambda-runtime-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
      "content-length": Buffer.byteLength(payload),
      ...headers,
    });
    parked.end(payload);
    return id;
  }

  /** The next answer that has not been taken yet. */
  async answer(): Promise<Answer> {
    for (;;) {
      const answer = this.#answers.shift();
      if (answer !== undefined) return answer;
      await this.#changed.promise;
    }
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url?.endsWith("/invocation/next")) {
      this.#parked = response;
      this.#tell();
      return;
    }
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const kind = request.url?.endsWith("/init/error") ? "init-error" : request.url?.endsWith("/error") ? "error" : "response";
    this.#answers.push({ kind, headers: request.headers, trailers: request.trailers, text: Buffer.concat(parts).toString() });
    response.writeHead(202, { "content-type": "application/json" }).end('{"status":"OK"}\n');
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
