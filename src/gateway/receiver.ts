// Takes a request's body in: reads it within its limit, has its sender authenticated, parses and validates it. Large bodies wait for memory
// and are hashed and parsed in a thread, so that none of it holds up the event loop.

import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ServiceError } from "../lib/errors.ts";
import type { Caller } from "../wire/call.ts";
import type { Identified, RequestHead } from "../wire/identify.ts";
import { MalformedRequest } from "../wire/malformed.ts";
import type { WireRequest } from "../wire/message.ts";
import { INLINE_BYTES_MAX, ParseThread } from "../wire/parse-thread.ts";
import { type CodecName, codecs } from "../wire/protocols.ts";
import type { Route } from "../wire/rest-router.ts";
import type { OperationPlan } from "../wire/service-model.ts";
import { FORM_BYTES_MAX, type SizeLimit, sizeLimit } from "../wire/size-limits.ts";
import { Validator } from "../wire/validate.ts";
import type { AuthenticatedRequest, Authenticator } from "./authenticator.ts";
import { BodyBudget } from "./body-budget.ts";
import type { HttpExchange } from "./http-exchange.ts";

export type Input = Record<string, unknown>;

export interface Received {
  readonly input: Input;
  readonly caller: Caller;
}

export interface Incoming {
  readonly http: HttpExchange;
  readonly head: RequestHead;
  readonly forcedCaller: Caller | undefined;
}

export interface Found {
  readonly route: Route;
  readonly identified: Identified;
  readonly codec: CodecName;
  /** Of a form, which had to be read to know the operation. */
  readonly body: Uint8Array | undefined;
}

export interface ReceiverParts {
  readonly authenticator: Authenticator;
}

export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #validator = new Validator();
  readonly #thread = new ParseThread();
  readonly #budget = new BodyBudget();

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  readForm(http: HttpExchange): Uint8Array | Promise<Uint8Array> {
    return http.readBody(FORM_LIMIT);
  }

  /** Throws, now or later, the ServiceError that the caller shall read, or CallerGone. What is small and there is received at once. */
  receive({ http, head, forcedCaller }: Incoming, found: Found): Received | Promise<Received> {
    const { operation } = found.route;
    const about = { head, identified: found.identified, operation, forcedCaller };
    if (operation.takesStream && operation.service.name === "s3") return this.#receiveStream(about, http, found);
    const limit = sizeLimit(operation, head);
    const bytes = http.announcedBytes ?? limit.bytesMax;
    if (bytes > INLINE_BYTES_MAX && bytes <= limit.bytesMax)
      return this.#budget.spend(bytes, async () => this.#accept(about, found, found.body ?? (await http.readBody(limit))));
    const sent = found.body ?? http.readBody(limit);
    return sent instanceof Promise ? sent.then((whole) => this.#accept(about, found, whole)) : this.#accept(about, found, sent);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #receiveStream(about: AuthenticatedRequest, http: HttpExchange, found: Found): Promise<Received> {
    const { caller, body } = await this.#parts.authenticator.authenticateStream(about, http.streamBody());
    return { caller, input: this.#parseInline(found, wireRequest(about.head, found, body)) };
  }

  /** `sent` is the whole body. */
  #accept(about: AuthenticatedRequest, found: Found, sent: Uint8Array): Received | Promise<Received> {
    const { authenticator } = this.#parts;
    const isLarge = sent.byteLength > INLINE_BYTES_MAX;
    if (isLarge || authenticator.wantsHash(about) || isGzipped(about.head, about.operation)) return this.#acceptSlowly(about, found, sent);
    const parsed = (caller: Caller) => ({ caller, input: this.#parseInline(found, wireRequest(about.head, found, sent)) });
    const caller = authenticator.authenticate(about, undefined);
    return caller instanceof Promise ? caller.then(parsed) : parsed(caller);
  }

  async #acceptSlowly(about: AuthenticatedRequest, found: Found, sent: Uint8Array): Promise<Received> {
    const { authenticator } = this.#parts;
    const { head, operation } = about;
    const { bytes, sha256 } = authenticator.wantsHash(about) ? await this.#hash(sent) : { bytes: sent, sha256: undefined };
    const caller = await authenticator.authenticate(about, sha256);
    const body = isGzipped(head, operation) ? await inflate(bytes) : bytes;
    const whole = wireRequest(head, found, body);
    const isLarge = body.byteLength > INLINE_BYTES_MAX && !operation.takesRawPayload;
    return { caller, input: isLarge ? await this.#parseOutside(found, whole) : this.#parseInline(found, whole) };
  }

  async #hash(bytes: Uint8Array): Promise<{ bytes: Uint8Array; sha256: string }> {
    if (bytes.byteLength > INLINE_BYTES_MAX) return this.#thread.hash(bytes);
    return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
  }

  #parseInline({ route, codec }: Found, request: WireRequest): Input {
    const input = codecs[codec].readInput(route.operation, request);
    this.#validator.validate(route.operation, input);
    return input;
  }

  #parseOutside({ route, codec }: Found, request: WireRequest & { body: Uint8Array }): Promise<Input> {
    return this.#thread.parse({ service: route.operation.service.name, operation: route.operation.name, codec, request });
  }
}

/** Without the raw headers, which nothing after the signature needs. */
function wireRequest<B>({ method, path, query, headers }: RequestHead, { route }: Found, body: B) {
  return { method, path, query, headers, labels: route.labels, body };
}

const FORM_LIMIT: SizeLimit = {
  bytesMax: FORM_BYTES_MAX,
  refuse: () => new ServiceError("RequestEntityTooLarge", 413, `The request must be smaller than ${FORM_BYTES_MAX} bytes.`),
};

/** A function's payload stays as it was sent, and an object's encoding is its own. */
const isGzipped = (head: RequestHead, operation: OperationPlan) =>
  head.headers["content-encoding"] === "gzip" && !operation.takesRawPayload && operation.service.name !== "s3";

async function inflate(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: INFLATED_BYTES_MAX });
  } catch (cause) {
    throw new MalformedRequest("The request body is not gzip, or inflates to more than this service takes.", { cause });
  }
}

/** Logs and CloudWatch compress requests of at most 1 MiB. */
const INFLATED_BYTES_MAX = 16 * 1024 * 1024;
