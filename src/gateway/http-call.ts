// One HTTP request as handlers see it.

import type { ServerResponse } from "node:http";
import type { Call, Caller } from "../wire/call.ts";

export interface CallOrigin {
  readonly caller: Caller;
  readonly requestId: string;
  readonly endpoint: string;
  readonly headers: Call["headers"];
  readonly response: ServerResponse;
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
  readonly #response: ServerResponse;
  #abort: AbortController | undefined;

  constructor({ caller, requestId, endpoint, headers, response }: CallOrigin) {
    this.account = caller.account;
    this.region = caller.region;
    this.accessKeyId = caller.accessKeyId;
    this.principalArn = caller.principalArn;
    this.requestId = requestId;
    this.endpoint = endpoint;
    this.headers = headers;
    this.#response = response;
  }

  get signal(): AbortSignal {
    this.#abort ??= abortWhenGone(this.#response);
    return this.#abort.signal;
  }
}

export function abortWhenGone(response: ServerResponse): AbortController {
  const abort = new AbortController();
  const look = () => {
    if (!response.writableFinished) abort.abort();
  };
  if (response.closed || response.destroyed) look();
  else response.once("close", look);
  return abort;
}
