// One HTTP request and the way to answer it, as the gateway needs them, whoever has parsed the request: node:http (node-exchange.ts), or our own
// way for small plain ones (plain/).

import type { RequestHead } from "../wire/identify.ts";
import type { WireResponse } from "../wire/message.ts";
import type { SizeLimit } from "../wire/size-limits.ts";

export interface HttpExchange {
  readonly head: RequestHead;
  /** "1.1" */
  readonly httpVersion: string;
  /** "" when the connection is gone. */
  readonly remoteAddress: string;
  readonly localPort: number;
  /** The length of the body; undefined where it comes in chunks. */
  readonly announcedBytes: number | undefined;
  /** Throws, now or later: the limit's own refusal, before a byte is read if the announced length is beyond it, or CallerGone. */
  readBody(limit: SizeLimit): Uint8Array | Promise<Uint8Array>;
  /** The body while it comes; fails where the caller goes away or stops sending. */
  streamBody(): AsyncIterable<Uint8Array>;
  /** Nobody is left to be answered. */
  readonly isGone: boolean;
  /** Calls once if the connection ends before its answer is whole; at once if it has. */
  onGone(call: () => void): void;
  /**
   * The answer, once; the connection ends behind it if `isLast`. A promise only for streams: resolved when all of it is handed to the
   * connection, rejected if the stream's source fails or the caller goes away. Throws where a header cannot be sent.
   */
  send(answer: WireResponse, isLast: boolean): Promise<void> | undefined;
  /** Cuts the connection, whatever has been sent. */
  destroy(): void;
  /** Calls once when nothing of this exchange is left to be written; at once if that is so. */
  onOver(call: () => void): void;
}

/** Made only where somebody asks: an AbortController costs more than the rest of most requests. */
export function abortWhenGone(exchange: HttpExchange): AbortController {
  const abort = new AbortController();
  exchange.onGone(() => abort.abort());
  return abort;
}
