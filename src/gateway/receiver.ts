// Takes a request's body in: reads it within its limit, has its sender authenticated, parses and validates it. Large bodies wait for memory
// and are hashed and parsed in a thread, so that none of it holds up the event loop.

import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
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
import type { BodyProgress } from "./body-progress.ts";
import { announcedBytes, readBody } from "./read-body.ts";

export type Input = Record<string, unknown>;

export interface Received {
  readonly input: Input;
  readonly caller: Caller;
}

export interface Incoming {
  readonly request: IncomingMessage;
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
  readonly bodies: BodyProgress;
}

export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #validator = new Validator();
  readonly #thread = new ParseThread();
  readonly #budget = new BodyBudget();

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  readForm(request: IncomingMessage): Promise<Uint8Array> {
    return readBody(request, FORM_LIMIT, this.#parts.bodies);
  }

  /** Rejects with the ServiceError that the caller shall read, or with CallerGone. */
  receive({ request, head, forcedCaller }: Incoming, found: Found): Promise<Received> {
    const { operation } = found.route;
    const about = { head, identified: found.identified, operation, forcedCaller };
    if (operation.takesStream && operation.service.name === "s3") return this.#receiveStream(about, request, found);
    const limit = sizeLimit(operation, head);
    const bytes = announcedBytes(request) ?? limit.bytesMax;
    if (bytes <= INLINE_BYTES_MAX || bytes > limit.bytesMax) return this.#receiveWhole(about, { request, limit, found });
    return this.#budget.spend(bytes, () => this.#receiveWhole(about, { request, limit, found }));
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  async #receiveStream(about: AuthenticatedRequest, request: IncomingMessage, found: Found): Promise<Received> {
    const { caller, body } = await this.#parts.authenticator.authenticateStream(about, watched(request, this.#parts.bodies));
    return { caller, input: this.#parseInline(found, wireRequest(about.head, found, body)) };
  }

  async #receiveWhole(
    about: AuthenticatedRequest,
    { request, limit, found }: { request: IncomingMessage; limit: SizeLimit; found: Found },
  ): Promise<Received> {
    const { authenticator, bodies } = this.#parts;
    const { head, operation } = about;
    const sent = found.body ?? (await readBody(request, limit, bodies));
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

/** A body that is handed on while it comes may stand still no longer than one that is read whole. */
async function* watched(request: IncomingMessage, bodies: BodyProgress): AsyncGenerator<Uint8Array> {
  bodies.begin(request);
  try {
    for await (const chunk of request) {
      bodies.moved(request, (chunk as Buffer).length);
      yield chunk as Buffer;
    }
  } finally {
    bodies.end(request);
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
