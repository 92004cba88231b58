// One HTTP request as handlers see it.

import type { Call, Caller } from "../wire/call.ts";
import { abortWhenGone, type HttpExchange } from "./http-exchange.ts";

export interface CallOrigin {
  readonly caller: Caller;
  readonly requestId: string;
  readonly endpoint: string;
  readonly headers: Call["headers"];
  readonly http: HttpExchange;
}

/** A class for its lazy signal: most handlers never ask, and an AbortController costs more than the rest. */
export class HttpCall implements Call {
  readonly account: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly principalArn: string;
  readonly requestId: string;
  readonly endpoint: string;
  readonly headers: Call["headers"];
  readonly responseHeaders: Record<string, string> = {};
  readonly #http: HttpExchange;
  #abort: AbortController | undefined;

  constructor({ caller, requestId, endpoint, headers, http }: CallOrigin) {
    this.account = caller.account;
    this.region = caller.region;
    this.accessKeyId = caller.accessKeyId;
    this.principalArn = caller.principalArn;
    this.requestId = requestId;
    this.endpoint = endpoint;
    this.headers = headers;
    this.#http = http;
  }

  get signal(): AbortSignal {
    this.#abort ??= abortWhenGone(this.#http);
    return this.#abort.signal;
  }

  onGone(call: () => void): void {
    this.#http.onGone(call);
  }
}
