// The public server: node:http, the AWS endpoint behind it and our own routes beside it. Opens nothing until it is asked to listen.

import type { Server, ServerOptions } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Credentials } from "../access/credentials.ts";
import { urlTargetOf } from "../functions/function-url-address.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { direct } from "../lib/direct-socket.ts";
import { PlatformError, ServiceError } from "../lib/errors.ts";
import { createServer } from "../lib/http.ts";
import { Late } from "../lib/late.ts";
import type { Random } from "../lib/random.ts";
import { Slots } from "../lib/slots.ts";
import type { Caller } from "../wire/call.ts";
import type { RequestHead } from "../wire/identify.ts";
import type { WireResponse } from "../wire/message.ts";
import type { AwsDoor, Exchange, Progress } from "./aws-door.ts";
import { BodyProgress } from "./body-progress.ts";
import { BrowserGuard } from "./browser-guard.ts";
import { type Standing, waitUntilCurrent } from "./cut-off.ts";
import type { FunctionUrlDoor } from "./function-url/url-door.ts";
import type { GatewayLog, RequestSummary } from "./gateway-log.ts";
import { halfOpen } from "./half-open.ts";
import { abortWhenGone, type HttpExchange } from "./http-exchange.ts";
import { INTERNAL_PREFIX, type InternalRoute, jsonResponse } from "./internal-routes.ts";
import { NodeExchange } from "./node-exchange.ts";
import { PlainConnections } from "./plain/plain-connections.ts";
import { CallerGone } from "./read-body.ts";
import type { Services } from "./services.ts";

export interface GatewayParts {
  readonly services: Services;
  /** open: any key is believed, web pages are kept out. enforce: signatures are verified. */
  readonly auth: "open" | "enforce";
  readonly credentials: Credentials;
  /** Own routes, tried in this order before the AWS endpoint. */
  readonly routes: readonly InternalRoute[];
  /** Tried after them, for what is below /_lambent/. */
  readonly lateRoutes?: Late<readonly InternalRoute[]>;
  /** Further host names, without port, that clients reach this server by. */
  readonly publicHosts: readonly string[];
  /** Absent: function URLs are not served. */
  readonly functionUrls?: Late<FunctionUrlDoor>;
  /** Of this server among others. Absent: it is alone. */
  readonly standing?: Standing;
  readonly log: GatewayLog;
  readonly random: Random;
  /** Signatures expire by it; the real one unless a test has another. */
  readonly clock?: Clock;
}

export interface Gateway {
  /** Rejects with Node's error (EADDRINUSE) if the port is taken. Port 0 takes a free one. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ readonly port: number }>;
  /** Serves a connection from inside a sandbox: AWS services alone, and the caller is always this one. */
  accept(socket: Socket, caller: Caller): void;
  /** Stops listening, lets running requests end for `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

/** AWS's load balancers keep an idle connection 60 s, and its SDKs expect at least that. */
const KEEP_ALIVE_MS = 75_000;
const HTTP_OPTIONS: ServerOptions = {
  headersTimeout: 60_000,
  requestTimeout: 0,
  /** Tokens, tags and client contexts travel in headers; Node's own 16 KiB is less than they may need. */
  maxHeaderSize: 64 * 1024,
};

/** Plain requests are read by ourselves, all others by node:http. */
interface Front {
  readonly server: Server;
  readonly plain: PlainConnections;
}

export function createGateway(parts: GatewayParts): Gateway {
  return new HttpGateway(parts);
}

class HttpGateway implements Gateway {
  readonly #parts: GatewayParts;
  readonly #bodies = new BodyProgress();
  readonly #guard: BrowserGuard | undefined;
  readonly #door: Late<AwsDoor>;
  readonly #public: Front;
  /** Never listens: its connections are handed over by accept. */
  readonly #sandboxes: Front;
  readonly #sandboxCallers = new Map<Socket, Caller>();
  readonly #running = new Slots<HttpExchange>();
  #isClosing = false;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#guard = parts.auth === "open" ? new BrowserGuard(parts.publicHosts) : undefined;
    this.#door = new Late(async () => (await import("./open-door.ts")).openAwsDoor(parts));
    this.#public = this.#frontWith(KEEP_ALIVE_MS, () => undefined);
    // A function's frozen environment may hold a connection for hours and expects it to work when it thaws.
    this.#sandboxes = this.#frontWith(Number.POSITIVE_INFINITY, (socket) => this.#sandboxCallers.get(socket));
  }

  listen({ host, port }: { readonly host: string; readonly port: number }): Promise<{ readonly port: number }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ port: number }>();
    const { server } = this.#public;
    server.once("error", reject);
    server.listen({ host, port, backlog: 4_096 }, () => {
      server.off("error", reject);
      resolve({ port: (server.address() as AddressInfo).port });
    });
    return promise;
  }

  accept(accepted: Socket, caller: Caller): void {
    const socket = direct(accepted);
    socket.allowHalfOpen = true; // as node:http opens its own
    this.#sandboxCallers.set(socket, caller);
    socket.once("close", () => this.#sandboxCallers.delete(socket));
    this.#sandboxes.server.emit("connection", socket);
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    const { server, plain } = this.#public;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    plain.closeIdle();
    await this.#drain(graceMs);
    server.closeAllConnections();
    plain.closeAll();
    for (const socket of this.#sandboxCallers.keys()) socket.destroy();
    const doors = await Promise.all([this.#door.ifNeeded(), this.#parts.functionUrls?.ifNeeded()]);
    await Promise.all([closed, ...doors.map((door) => door?.close())]);
  }

  async #drain(graceMs: number): Promise<void> {
    const ended = this.#running.all().map((exchange) => new Promise<void>((resolve) => exchange.onOver(resolve)));
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, graceMs);
    await Promise.race([Promise.all(ended), promise]);
    clearTimeout(timer);
  }

  /** `callerOf` says whose connection it is, where that is known from the beginning. */
  #frontWith(idleMsMax: number, callerOf: (socket: Socket) => Caller | undefined): Front {
    const keepAliveTimeout = Number.isFinite(idleMsMax) ? idleMsMax : 0;
    const toNode = createServer({ ...HTTP_OPTIONS, keepAliveTimeout }, (request, response) => {
      void this.#serve(new NodeExchange(request, response, this.#bodies), callerOf(request.socket));
    });
    const server = halfOpen(toNode);
    const { clock = systemClock } = this.#parts;
    const plain = new PlainConnections(server, {
      clock,
      idleMsMax,
      serve: (exchange, socket) => void this.#serve(exchange, callerOf(socket)),
    });
    return { server, plain };
  }

  /** Never rejects. */
  async #serve(http: HttpExchange, forcedCaller: Caller | undefined): Promise<void> {
    const number = this.#running.add(http);
    const exchange: Exchange = { http, head: http.head, requestId: this.#parts.random.uuid(), forcedCaller };
    const progress: Progress = { codec: "rest-json", service: undefined, operation: undefined };
    const startedMs = performance.now();
    try {
      let answer: WireResponse;
      try {
        answer = await this.#answer(exchange, progress);
      } catch (error) {
        answer = await this.#refusal(error, exchange, progress);
      }
      const sending = http.send(answer, this.#isClosing);
      if (sending !== undefined) await sending;
      const { answered } = this.#parts.log;
      if (answered) answered({ ...summarise(exchange, progress), status: answer.status, durationMs: performance.now() - startedMs });
    } catch (error) {
      if (!isCallerGone(error, http)) this.#parts.log.failed(error, summarise(exchange, progress));
      http.destroy();
    }
    http.onOver(() => this.#running.remove(number));
  }

  #answer(exchange: Exchange, progress: Progress): WireResponse | Promise<WireResponse> {
    const isInside = exchange.forcedCaller !== undefined;
    const atUrl = isInside ? undefined : this.#answerUrl(exchange);
    if (atUrl) return atUrl;
    if (!isInside) this.#guard?.check(exchange.head);
    const own = isInside ? undefined : routeIn(this.#parts.routes, exchange.head);
    if (own) return this.#answerOwn(own, exchange);
    if (exchange.head.path.startsWith(INTERNAL_PREFIX)) return this.#answerBelow(exchange, isInside);
    return this.#door.use((door) => door.answer(exchange, progress));
  }

  /** What is below /_lambent/ and has no route that was there from the start. */
  async #answerBelow(exchange: Exchange, isInside: boolean): Promise<WireResponse> {
    const own = isInside ? undefined : routeIn((await this.#parts.lateRoutes?.get()) ?? [], exchange.head);
    if (own) return this.#answerOwn(own, exchange);
    return jsonResponse(404, { message: `There is nothing at ${exchange.head.path.slice(0, 200)}.` });
  }

  /** What the caller reads in place of an answer. Throws `error` if nobody is left to read. */
  async #refusal(error: unknown, exchange: Exchange, progress: Progress): Promise<WireResponse> {
    if (isCallerGone(error, exchange.http)) throw error;
    const door = await this.#door.get();
    if (error instanceof ServiceError) return door.render(error, exchange, progress);
    this.#parts.log.failed(error, summarise(exchange, progress));
    return door.render(internalFailure(progress, error), exchange, progress);
  }

  /** Web pages may call function URLs: those have CORS rules of their own. Undefined if the request is for none. */
  #answerUrl(exchange: Exchange): WireResponse | Promise<WireResponse> | undefined {
    const { http, head, requestId } = exchange;
    const { functionUrls } = this.#parts;
    const target = functionUrls && urlTargetOf(head.headers.host, head.path);
    if (!target) return undefined;
    if (target.form === "path") this.#guard?.checkHost(head);
    const exchangeAtUrl = { http, head, requestId, body: bodyOf(http), signal: abortWhenGone(http).signal };
    const answer = () => functionUrls.use((door) => door.answer(target, exchangeAtUrl));
    const { standing } = this.#parts;
    return standing?.isCurrent === false ? waitUntilCurrent(standing, "lambda").then(answer) : answer();
  }

  async #answerOwn(route: InternalRoute, exchange: Exchange): Promise<WireResponse> {
    const { http, head } = exchange;
    try {
      return await route.handle({ ...head, body: bodyOf(http), signal: abortWhenGone(http).signal });
    } catch (error) {
      if (error instanceof ServiceError) return jsonResponse(error.status, { code: error.code, message: error.message });
      throw error;
    }
  }
}

function routeIn(routes: readonly InternalRoute[], head: RequestHead): InternalRoute | undefined {
  const method = head.method === "HEAD" ? "GET" : head.method;
  return routes.find((route) => route.method === method && head.path.startsWith(route.prefix));
}

function bodyOf(http: HttpExchange): (bytesMax: number) => Promise<Uint8Array> {
  const refuse = () => new ServiceError("RequestEntityTooLarge", 413, "The request body is too large.");
  return async (bytesMax) => http.readBody({ bytesMax, refuse });
}

/** Nobody is left to answer, and nothing has failed: the body broke off, the answer's stream did, or the handler heeded its signal. */
function isCallerGone(error: unknown, http: HttpExchange): boolean {
  if (error instanceof CallerGone) return true;
  const { code, name, syscall } = error as { code?: unknown; name?: unknown; syscall?: unknown };
  if (code === "ERR_STREAM_PREMATURE_CLOSE") return true;
  // Its socket is destroyed, and has not said "close" yet.
  return http.isGone && (name === "AbortError" || syscall === "write" || code === "ERR_STREAM_DESTROYED");
}

const summarise = ({ requestId, head }: Exchange, { service, operation }: Progress): RequestSummary => ({
  requestId,
  method: head.method,
  path: head.path,
  service: service?.name,
  operation: operation?.name,
});

/** Each family of services has a name of its own for "we have failed". */
function internalFailure({ service }: Progress, cause: unknown): ServiceError {
  const code = service?.name === "lambda" ? "ServiceException" : service?.name === "s3" ? "InternalError" : "InternalFailure";
  const why = cause instanceof PlatformError ? ` (${cause.code})` : "";
  return new ServiceError(code, 500, `lambent failed on this request${why}; its log has the cause under the request's id.`);
}
