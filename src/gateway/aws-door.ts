// The AWS endpoint: one request from its head to its answer. Which service, how large, who, which operation, what input, then the handler.
//
//   identify → find operation → size limit → read body → authenticate → parse and validate → handler → write answer

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ServiceError } from "../lib/errors.ts";
import { bucketOfHost, pathWithBucket } from "../wire/bucket-host.ts";
import type { Call, Caller } from "../wire/call.ts";
import { OperationFinder } from "../wire/find-operation.ts";
import { type Identified, identify, type RequestHead } from "../wire/identify.ts";
import { MalformedRequest } from "../wire/malformed.ts";
import { bufferOf, type WireRequest, type WireResponse } from "../wire/message.ts";
import { INLINE_BYTES_MAX, ParseThread } from "../wire/parse-thread.ts";
import { type CodecName, codecOf, codecs } from "../wire/protocols.ts";
import { formValue } from "../wire/query.ts";
import type { Route } from "../wire/rest-router.ts";
import { type OperationPlan, type ServiceModel, ServiceModels } from "../wire/service-model.ts";
import { SERVICE_BY_QUERY_VERSION } from "../wire/service-names.ts";
import { FORM_BYTES_MAX, type SizeLimit, sizeLimit } from "../wire/size-limits.ts";
import { Validator } from "../wire/validate.ts";
import type { Authenticator } from "./authenticator.ts";
import type { BodyProgress } from "./body-progress.ts";
import { HttpCall } from "./http-call.ts";
import { readBody } from "./read-body.ts";
import type { Service, Services } from "./services.ts";

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly head: RequestHead;
  readonly requestId: string;
  /** Set for connections from inside a sandbox: the caller is this one, whatever the request says. */
  readonly forcedCaller: Caller | undefined;
}

/** What is known of a request so far; an error is rendered with it. */
export interface Progress {
  codec: CodecName;
  service: ServiceModel | undefined;
  operation: OperationPlan | undefined;
}

export interface AwsDoorParts {
  readonly services: Services;
  readonly authenticator: Authenticator;
  readonly bodies: BodyProgress;
  readonly publicHosts: readonly string[];
}

export class AwsDoor {
  readonly #parts: AwsDoorParts;
  readonly #models = new ServiceModels();
  readonly #finder = new OperationFinder();
  readonly #validator = new Validator();
  readonly #thread = new ParseThread();

  constructor(parts: AwsDoorParts) {
    this.#parts = parts;
  }

  /** The answer. Rejects with a ServiceError for the caller, or with what went wrong; `progress` says how to render it. */
  async answer(exchange: Exchange, progress: Progress): Promise<WireResponse> {
    const { head } = exchange;
    const identified = identify(head);
    progress.codec = codecOf(head, undefined);
    const form = isForm(head, identified) ? await this.#readForm(exchange) : undefined;
    const model = this.#model(identified, form);
    progress.service = model;
    progress.codec = codecOf(head, model);
    const body = progress.codec === "query" ? (form ?? (await this.#readForm(exchange))) : undefined;
    const route = this.#route(model, progress.codec, head, body);
    progress.operation = route.operation;
    const service = this.#parts.services[model.name]!;
    const handler = handlerOf(service, route.operation);
    const { input, caller } = await this.#receive(exchange, { route, identified, codec: progress.codec, body });
    const call = new HttpCall({
      caller,
      requestId: exchange.requestId,
      endpoint: endpointOf(head),
      headers: head.headers,
      response: exchange.response,
    });
    const output = await handler(input, call, service.context);
    const answer = codecs[progress.codec].writeOutput(route.operation, output ?? {}, exchange);
    Object.assign(answer.headers, call.responseHeaders);
    return answer;
  }

  /** `error` in the caller's protocol. */
  render(error: ServiceError, exchange: Exchange, progress: Progress): WireResponse {
    return codecs[progress.codec].writeError(error, progress.service, exchange);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  #model(identified: Identified, form: Uint8Array | undefined): ServiceModel {
    const name = identified.service ?? (form && serviceOfForm(form)) ?? "s3";
    const unknown = identified.unknownService;
    if (unknown !== undefined) throw notServed(unknown);
    if (!Object.hasOwn(this.#parts.services, name)) throw notServed(name);
    return this.#models.get(name);
  }

  #route(model: ServiceModel, codec: CodecName, head: RequestHead, body: Uint8Array | undefined): Route {
    if (model.name !== "s3") return this.#finder.find(model, codec, head, body && bufferOf(body).toString("utf8"));
    const path = pathWithBucket(bucketOfHost(head.headers.host ?? "", this.#parts.publicHosts), head.path);
    return this.#finder.find(model, codec, { ...head, path });
  }

  #readForm(exchange: Exchange): Promise<Uint8Array> {
    return readBody(exchange.request, FORM_LIMIT, this.#parts.bodies);
  }

  /** Reads, authenticates, parses and validates. */
  async #receive(exchange: Exchange, found: Found): Promise<{ input: Input; caller: Caller }> {
    const { head, forcedCaller } = exchange;
    const { operation, labels } = found.route;
    const { authenticator } = this.#parts;
    const about = { head, identified: found.identified, operation, forcedCaller };
    if (operation.takesStream && operation.service.name === "s3") {
      const { caller, body } = await authenticator.authenticateStream(about, exchange.request);
      return { caller, input: this.#parseInline(found, wireRequest(head, labels, body)) };
    }
    const sent = found.body ?? (await readBody(exchange.request, sizeLimit(operation, head), this.#parts.bodies));
    const { bytes, sha256 } = authenticator.wantsHash(about) ? await this.#hash(sent) : { bytes: sent, sha256: undefined };
    const caller = await authenticator.authenticate(about, sha256);
    const body = isGzipped(head, operation) ? await inflate(bytes) : bytes;
    const request = wireRequest(head, labels, body);
    const isLarge = body.byteLength > INLINE_BYTES_MAX && !operation.takesRawPayload;
    return { caller, input: isLarge ? await this.#parseOutside(found, request) : this.#parseInline(found, request) };
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
const wireRequest = <B>({ method, path, query, headers }: RequestHead, labels: readonly string[], body: B) => ({
  method,
  path,
  query,
  headers,
  labels,
  body,
});

type Input = Record<string, unknown>;

interface Found {
  readonly route: Route;
  readonly identified: Identified;
  readonly codec: CodecName;
  /** Of a form, which had to be read to know the operation. */
  readonly body: Uint8Array | undefined;
}

const FORM_LIMIT: SizeLimit = {
  bytesMax: FORM_BYTES_MAX,
  refuse: () => new ServiceError("RequestEntityTooLarge", 413, `The request must be smaller than ${FORM_BYTES_MAX} bytes.`),
};

/** Whether only the body's `Version` can say which service is meant: AssumeRoleWithWebIdentity is not signed. */
function isForm(head: RequestHead, identified: Identified): boolean {
  if (identified.service || identified.unknownService) return false;
  return head.path === "/" && (head.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false);
}

function serviceOfForm(form: Uint8Array): string | undefined {
  const version = formValue(bufferOf(form).toString("utf8"), "Version");
  return version === undefined ? undefined : SERVICE_BY_QUERY_VERSION.get(version);
}

function handlerOf(service: Service, operation: OperationPlan): (input: Input, call: Call, context: unknown) => Promise<Input | undefined> {
  const handler = service.operations[operation.name];
  if (handler && handler !== "not-implemented") return handler as unknown as ReturnType<typeof handlerOf>;
  throw new ServiceError("NotImplementedException", 501, `lambent does not implement ${operation.service.name}:${operation.name}.`);
}

const notServed = (name: string) => new ServiceError("NotImplementedException", 501, `lambent does not serve ${name.slice(0, 100)}.`);

/** As the caller reached us, so that URLs that we hand out lead it back. */
const endpointOf = (head: RequestHead) => `http://${head.headers.host ?? "127.0.0.1"}`;

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
