// The front door of function URLs: one HTTP request becomes one synchronous invocation, its answer the response, as a whole or while it comes.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
//
//   preflight? → who, and may they → event → invoke → response, with the URL's CORS headers

import type { Name } from "../../functions/catalogue.ts";
import type { UrlTarget } from "../../functions/function-url-address.ts";
import type { FunctionUrl, FunctionUrls } from "../../functions/function-urls.ts";
import { functionArn } from "../../functions/name.ts";
import type { Resolved } from "../../functions/version.ts";
import type { Invocation, InvocationResult, Recipient } from "../../invoke/invocation.ts";
import { invokeStreaming, type StreamLimits } from "../../invoke/invoke-streaming.ts";
import { traceHeaderFor } from "../../invoke/trace-header.ts";
import { ServiceError } from "../../lib/errors.ts";
import type { Random } from "../../lib/random.ts";
import type { Caller } from "../../wire/call.ts";
import type { RequestHead } from "../../wire/identify.ts";
import type { WireResponse } from "../../wire/message.ts";
import { BodyBudget } from "../body-budget.ts";
import type { HttpExchange } from "../http-exchange.ts";
import { isPreflight, preflightHeaders, withCors } from "./cors.ts";
import { mayCallUrl } from "./permission.ts";
import type { UrlResponse } from "./result.ts";
import { streamedResponse, type UrlStream } from "./streamed-response.ts";
import { INLINE_BYTES_MAX, Translator } from "./translator.ts";
import { type UrlCallerParts, UrlCallers } from "./url-caller.ts";

export interface UrlDoorParts extends UrlCallerParts {
  readonly urls: Pick<FunctionUrls, "find">;
  /** Follows name and alias to the version that is to run, once the function has settled. Throws ServiceError. */
  readonly resolve: (name: Name, qualifier: string | undefined) => Promise<Resolved>;
  readonly invoke: (invocation: Invocation, recipient: Recipient) => Promise<InvocationResult>;
  readonly streaming: StreamLimits;
  readonly random: Random;
  /** Of an event, which holds the body, perhaps in base64. */
  readonly payloadBytesMax: number;
}

export interface UrlExchange {
  readonly http: HttpExchange;
  readonly head: RequestHead;
  readonly requestId: string;
  /** Reads the body; rejects above `bytesMax`. */
  body(bytesMax: number): Promise<Uint8Array>;
  readonly signal: AbortSignal;
}

const HELP = "For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

export class FunctionUrlDoor {
  readonly #parts: UrlDoorParts;
  readonly #callers: UrlCallers;
  readonly #translator = new Translator();
  /** Large requests beyond it wait, unread, in the kernel. */
  readonly #budget = new BodyBudget();

  constructor(parts: UrlDoorParts) {
    this.#parts = parts;
    this.#callers = new UrlCallers(parts);
  }

  /** Rejects only with what is not the caller's nor the function's fault. */
  async answer(target: UrlTarget, exchange: UrlExchange): Promise<WireResponse> {
    const url = await this.#parts.urls.find(target.urlId);
    if (url === undefined) return refusal(exchange, 403, "AccessDeniedException", { Message: null });
    const { head } = exchange;
    if (url.cors !== undefined && isPreflight(head.method, head.headers)) {
      const headers = { ...preflightHeaders(url.cors, head.headers), "x-amzn-requestid": exchange.requestId };
      return { status: 200, headers, body: "" };
    }
    const answer = await this.#called(url, target, exchange);
    if (url.cors === undefined) return answer;
    return { ...answer, headers: withCors(url.cors, head.headers.origin, answer.headers) };
  }

  close(): Promise<void> {
    return this.#translator.close();
  }

  async #called(url: FunctionUrl, target: UrlTarget, exchange: UrlExchange): Promise<WireResponse> {
    try {
      if (url.authType === "NONE" && !mayCallUrl(url.statements, { authType: "NONE", caller: undefined })) throw forbidden();
      const { clock, random, payloadBytesMax } = this.#parts;
      const traceHeader = traceHeaderFor(exchange.head.headers["x-amzn-trace-id"], functionArn(url.function), { clock, random });
      const bytes = exchange.http.announcedBytes ?? payloadBytesMax;
      const receive = () => this.#received(url, target, exchange, traceHeader);
      const event = bytes <= INLINE_BYTES_MAX || bytes > payloadBytesMax ? await receive() : await this.#budget.spend(bytes, receive);
      return await this.#invoked(url, exchange, event, traceHeader);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return rendered(error.status === 413 ? tooLarge() : error, exchange); // one text, whatever is too large: the body, or the event made of it
    }
  }

  /** The event, once its sender may send it. */
  async #received(url: FunctionUrl, target: UrlTarget, exchange: UrlExchange, traceHeader: string): Promise<Uint8Array> {
    const { clock, payloadBytesMax } = this.#parts;
    const { http, head, requestId } = exchange;
    const body = await exchange.body(payloadBytesMax);
    const caller = url.authType === "NONE" ? undefined : await this.#authorised(url, head, body);
    const event = await this.#translator.event(
      {
        method: head.method,
        path: target.path,
        query: head.query,
        rawHeaders: head.rawHeaders,
        httpVersion: http.httpVersion,
        remoteAddress: http.remoteAddress.replace(/^::ffff:/, ""),
        localPort: http.localPort,
        urlId: url.urlId,
        account: url.function.account,
        ...(caller === undefined ? {} : { caller }),
        requestId,
        traceHeader,
        nowMs: clock.nowMs(),
      },
      body,
    );
    if (event.byteLength > payloadBytesMax) throw tooLarge();
    return event;
  }

  async #authorised(url: FunctionUrl, head: RequestHead, body: Uint8Array): Promise<Caller> {
    const caller = await this.#callers.callerOf(head, await this.#translator.hash(body));
    if (caller === undefined) throw forbidden();
    // AWS: within the function's account the caller's own policies decide; those are not evaluated here yet.
    const isAllowed = caller.account === url.function.account || mayCallUrl(url.statements, { authType: url.authType, caller });
    if (!isAllowed) throw forbidden();
    return caller;
  }

  async #invoked(url: FunctionUrl, exchange: UrlExchange, payload: Uint8Array, traceHeader: string): Promise<WireResponse> {
    const { requestId, signal } = exchange;
    const invocation = { requestId, ...(await this.#resolved(url)), payload, traceHeader, tail: false };
    const isStreamed = url.invokeMode === "RESPONSE_STREAM";
    const response = isStreamed ? await this.#streamed(invocation, signal) : await this.#whole(invocation, signal);
    const trace = { "x-amzn-trace-id": traceHeader.replace(/Parent=[^;]*;|;Lineage=.*/g, "") };
    return response === undefined ? failed(requestId, trace) : sent(response, requestId, trace);
  }

  async #whole(invocation: Invocation, signal: AbortSignal): Promise<UrlResponse | undefined> {
    const result = await this.#parts.invoke(invocation, { signal });
    return result.functionError === undefined ? this.#translator.response(result.payload) : undefined;
  }

  async #streamed(invocation: Invocation, signal: AbortSignal): Promise<UrlStream | undefined> {
    const { invoke, streaming } = this.#parts;
    return streamedResponse(await invokeStreaming(invocation, signal, { invoke, limits: streaming }));
  }

  async #resolved(url: FunctionUrl): Promise<Resolved> {
    try {
      return await this.#parts.resolve(url.function, url.qualifier);
    } catch (error) {
      // The alias, or the function since a moment, is gone.
      if (error instanceof ServiceError && error.status === 404) throw forbidden();
      throw error;
    }
  }
}

function sent(
  { status, headers, cookies, body }: UrlResponse | UrlStream,
  requestId: string,
  trace: Readonly<Record<string, string>>,
): WireResponse {
  return { status, headers: { ...headers, ...trace, "x-amzn-requestid": requestId }, cookies, body };
}

function failed(requestId: string, trace: Readonly<Record<string, string>>): WireResponse {
  const headers = { "content-type": "application/json", ...trace, "x-amzn-requestid": requestId };
  return { status: 502, headers, body: "Internal Server Error" };
}

function rendered(error: ServiceError, exchange: UrlExchange): WireResponse {
  const isTheirs = error.status === 403 || error.status === 413 || error.status === 429;
  if (!isTheirs) return failed(exchange.requestId, {});
  return refusal(exchange, error.status, error.code, { ...error.fields, Message: error.message });
}

function refusal({ requestId }: UrlExchange, status: number, code: string, body: object): WireResponse {
  const headers = { "content-type": "application/json", "x-amzn-errortype": code, "x-amzn-requestid": requestId };
  return { status, headers, body: JSON.stringify(body) };
}

function forbidden(): ServiceError {
  return new ServiceError("AccessDeniedException", 403, `Forbidden. ${HELP}`);
}

function tooLarge(): ServiceError {
  return new ServiceError("RequestEntityTooLargeException", 413, "Request Entity Too Large"); // AWS: its text is not recorded
}
