// An exchange over node:http's pair of request and response.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { RequestHead } from "../wire/identify.ts";
import type { WireResponse } from "../wire/message.ts";
import type { SizeLimit } from "../wire/size-limits.ts";
import type { BodyProgress } from "./body-progress.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { discardBody, readBody } from "./read-body.ts";
import { originForm } from "./request-target.ts";
import { send } from "./send.ts";

export class NodeExchange implements HttpExchange {
  readonly head: RequestHead;
  readonly announcedBytes: number | undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #bodies: BodyProgress;

  constructor(request: IncomingMessage, response: ServerResponse, bodies: BodyProgress) {
    this.head = headOf(request);
    this.announcedBytes = announcedBytes(request);
    this.#request = request;
    this.#response = response;
    this.#bodies = bodies;
  }

  get httpVersion(): string {
    return this.#request.httpVersion;
  }

  get remoteAddress(): string {
    return this.#request.socket.remoteAddress ?? "";
  }

  get localPort(): number {
    return this.#request.socket.localPort ?? 0;
  }

  readBody(limit: SizeLimit): Promise<Uint8Array> {
    return readBody(this.#request, this.announcedBytes, { limit, progress: this.#bodies });
  }

  /** A body that is handed on while it comes may stand still no longer than one that is read whole. */
  async *streamBody(): AsyncGenerator<Uint8Array> {
    this.#bodies.begin(this.#request);
    try {
      for await (const chunk of this.#request) {
        this.#bodies.moved(this.#request, (chunk as Buffer).length);
        yield chunk as Buffer;
      }
    } finally {
      this.#bodies.end(this.#request);
    }
  }

  get isGone(): boolean {
    return this.#response.destroyed;
  }

  onGone(call: () => void): void {
    const response = this.#response;
    const look = () => {
      if (!response.writableFinished) call();
    };
    if (response.closed || response.destroyed) look();
    else response.once("close", look);
  }

  send(answer: WireResponse, isLast: boolean): Promise<void> | undefined {
    if (isLast) this.#response.shouldKeepAlive = false;
    const sending = send(this.#response, answer);
    if (sending !== undefined) return sending.then(() => discardBody(this.#request, this.#bodies));
    discardBody(this.#request, this.#bodies);
    return undefined;
  }

  destroy(): void {
    this.#response.destroy();
  }

  onOver(call: () => void): void {
    if (this.#response.writableFinished || this.#response.closed) call();
    else this.#response.once("close", call);
  }
}

/** Node has parsed the head; the target stays as it was sent, since signatures are over its bytes. */
function headOf(request: IncomingMessage): RequestHead {
  return {
    method: request.method!,
    ...originForm(request.url!),
    // Only set-cookie is ever a list, and no request of AWS's has it.
    headers: request.headers as RequestHead["headers"],
    rawHeaders: request.rawHeaders,
  };
}

/** Node has checked that it is a number. */
function announcedBytes(request: IncomingMessage): number | undefined {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  return length === undefined ? (encoding === undefined ? 0 : undefined) : Number(length);
}
