// Where other nodes come in: a port of its own, so that neither the public nor functions meet it, and nothing is answered that is not signed.

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream/promises";
import { isBearer } from "../lib/bearer.ts";
import type { Clock } from "../lib/clock.ts";
import { createServer } from "../lib/http.ts";
import { isSigned } from "./node-signature.ts";

export interface DoorRequest {
  readonly from: string;
  /** Base64url, or empty. */
  readonly head: string;
  readonly body: Buffer;
  /** Aborted when the other node has gone, or does not want the answer any more. */
  readonly signal: AbortSignal;
}

export interface DoorAnswer {
  readonly status: number;
  readonly head?: string;
  readonly type?: string;
  /** Pieces are written as fast as the other node reads them. */
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
}

export type DoorHandler = (request: DoorRequest) => Promise<DoorAnswer>;

/** For others than nodes: read with a token in place of a signature. */
export interface DoorPage {
  readonly token: string;
  readonly type: string;
  readonly text: () => Promise<string>;
}

export interface NodeDoorParts {
  readonly nodeId: string;
  readonly secret: string;
  readonly clock: Pick<Clock, "nowMs">;
  readonly onError: (error: unknown) => void;
}

/** The largest payload of an invocation, and room around it. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;
const HEADER_BYTES_MAX = 64 * 1024;
/** Longer than clients keep one. */
const KEEP_ALIVE_MS = 75_000;
const HEAD_MS_MAX = 10_000;

export class NodeDoor {
  readonly #parts: NodeDoorParts;
  readonly #handlers = new Map<string, DoorHandler>();
  readonly #pages = new Map<string, DoorPage>();
  readonly #server: Server;

  constructor(parts: NodeDoorParts) {
    this.#parts = parts;
    const options = { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEAD_MS_MAX, maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: 0 };
    this.#server = createServer(options, (request, response) => void this.#serve(request, response));
  }

  /** The port. Rejects with Node's error when it is taken. */
  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.#server.once("error", reject);
    this.#server.listen({ host, port, backlog: 1_024 }, () => resolve((this.#server.address() as AddressInfo).port));
    return promise;
  }

  /** Until then a request for `path` is told that there is nothing yet: 503. */
  handle(path: string, handler: DoorHandler): void {
    this.#handlers.set(path, handler);
  }

  handlePage(path: string, page: DoorPage): void {
    this.#pages.set(path, page);
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Never rejects. */
  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.#answer(request, response);
      const head = {
        ...(answer.head !== undefined && { "x-lambent-head": answer.head }),
        ...(answer.type && { "content-type": answer.type }),
      };
      if (typeof answer.body === "string" || answer.body instanceof Uint8Array) {
        response.writeHead(answer.status, { ...head, "content-length": Buffer.byteLength(answer.body) }).end(answer.body);
      } else await pipeline(answer.body, response.writeHead(answer.status, head));
    } catch (error) {
      if (!response.destroyed) this.#parts.onError(error);
      response.destroy();
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<DoorAnswer> {
    const { url: path = "", headers } = request;
    if (request.method === "GET" && path === "/health") return { status: 200, body: '{"status":"ok"}\n' };
    const page = request.method === "GET" ? this.#pages.get(path) : undefined;
    if (page !== undefined && isBearer(headers.authorization, page.token)) return { status: 200, type: page.type, body: await page.text() };
    const head = String(headers["x-lambent-head"] ?? "");
    const from = String(headers["x-lambent-from"] ?? "");
    const bodyBytes = Number(headers["content-length"] ?? -1);
    const { secret, nodeId, clock } = this.#parts;
    const signed = { path, from, to: nodeId, timeMs: Number(headers["x-lambent-time"] ?? Number.NaN), head, bodyBytes };
    if (!isSigned(secret, String(headers["x-lambent-signature"] ?? ""), signed, clock.nowMs())) return refused(request, 403, "not signed");
    if (bodyBytes > BODY_BYTES_MAX) return refused(request, 413, "too large");
    const handler = this.#handlers.get(path);
    if (handler === undefined) return refused(request, 503, "not ready");
    const body = await bodyOf(request, bodyBytes);
    const gone = new AbortController();
    response.once("close", () => gone.abort(new Error("the other node has gone")));
    return handler({ from, head, body, signal: gone.signal });
  }
}

/** Its body is not waited for. */
function refused(request: IncomingMessage, status: number, message: string): DoorAnswer {
  request.resume();
  return { status, body: `${message}\n` };
}

async function bodyOf(request: IncomingMessage, bytes: number): Promise<Buffer> {
  const body = Buffer.allocUnsafeSlow(bytes);
  let at = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunk.copy(body, at);
    at += chunk.length;
  }
  return body.subarray(0, at);
}
