// A request and a response between HTTP and the codecs. Plain data, so that a request can be sent to the parsing thread.

export interface WireRequest {
  readonly method: string;
  /** As sent: not decoded, not normalised, without the query. */
  readonly path: string;
  /** As sent, without the question mark; "" if there is none. */
  readonly query: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  /** Percent-encoded values of the URI's labels, in their order; empty for RPC protocols. */
  readonly labels: readonly string[];
}

export interface WireResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  /** One set-cookie header each. */
  readonly cookies?: readonly string[];
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
}

export const EMPTY_BODY = new Uint8Array(0);

/** Bodies of codecs that parse: the gateway has read them whole. */
export function wholeBody(request: WireRequest): Uint8Array {
  if (request.body instanceof Uint8Array) return request.body;
  throw new TypeError("this operation's body must have been read before it is parsed");
}

/** A Buffer over the same bytes. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
