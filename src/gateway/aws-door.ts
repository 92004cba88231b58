// The AWS endpoint: one request from its head to its answer. Which service, how large, who, which operation, what input, then the handler.
//
//   identify → find operation → size limit → read body → authenticate → parse and validate → handler → write answer

import { notImplemented, type ServiceError } from "../lib/errors.ts";
import { bucketOfHost, pathWithBucket } from "../wire/bucket-host.ts";
import type { Call, Caller } from "../wire/call.ts";
import { OperationFinder } from "../wire/find-operation.ts";
import { type Identified, identify, queryValue, type RequestHead } from "../wire/identify.ts";
import { bufferOf, type WireResponse } from "../wire/message.ts";
import { type CodecName, codecOf, codecs } from "../wire/protocols.ts";
import { QUEUE_PATH } from "../wire/query.ts";
import type { Route } from "../wire/rest-router.ts";
import { type OperationPlan, type ServiceModel, ServiceModels } from "../wire/service-model.ts";
import { SERVICE_BY_QUERY_VERSION } from "../wire/service-names.ts";
import { type Standing, waitUntilCurrent } from "./cut-off.ts";
import { HttpCall } from "./http-call.ts";
import type { HttpExchange } from "./http-exchange.ts";
import { requireRead } from "./read-only.ts";
import { type Input, Receiver, type ReceiverParts } from "./receiver.ts";
import type { Operations, Service, Services } from "./services.ts";

export interface Exchange {
  readonly http: HttpExchange;
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

export interface AwsDoorParts extends ReceiverParts {
  readonly services: Services;
  readonly publicHosts: readonly string[];
  readonly standing: Standing | undefined;
}

export class AwsDoor {
  readonly #parts: AwsDoorParts;
  readonly #models = new ServiceModels();
  readonly #finder = new OperationFinder();
  readonly #tables = new Map<Service, Operations>();
  readonly #receiver: Receiver;

  constructor(parts: AwsDoorParts) {
    this.#parts = parts;
    this.#receiver = new Receiver(parts);
  }

  /** The answer. Rejects with a ServiceError for the caller, or with what went wrong; `progress` says how to render it. */
  async answer(exchange: Exchange, progress: Progress): Promise<WireResponse> {
    const { head } = exchange;
    const identified = identify(head);
    progress.codec = codecOf(head, undefined);
    const form = isForm(head, identified) ? await this.#receiver.readForm(exchange.http) : undefined;
    const model = this.#models.get(serviceName(identified, form, head));
    progress.service = model;
    progress.codec = codecOf(head, model);
    const { standing } = this.#parts;
    if (standing?.isCurrent === false) await waitUntilCurrent(standing, model.name);
    const service = servedService(this.#parts.services, model.name);
    const body = progress.codec === "query" ? (form ?? (await this.#receiver.readForm(exchange.http))) : undefined;
    const route = this.#route(model, progress.codec, head, body);
    progress.operation = route.operation;
    const handler = handlerOf(this.#tables.get(service) ?? (await this.#load(service)), route.operation);
    const receiving = this.#receiver.receive(exchange, { route, identified, codec: progress.codec, body });
    const { input, caller } = receiving instanceof Promise ? await receiving : receiving;
    if (caller.mayOnlyRead === true) requireRead(route.operation, caller.principalArn);
    const call = new HttpCall({
      caller,
      requestId: exchange.requestId,
      endpoint: endpointOf(head),
      headers: head.headers,
      http: exchange.http,
    });
    const output = await handler(input, call, service.context);
    const answer = codecs[progress.codec].writeOutput(route.operation, output ?? {}, exchange);
    for (const name in call.responseHeaders) answer.headers[name.toLowerCase()] = call.responseHeaders[name]!;
    return answer;
  }

  /** `error` in the caller's protocol. */
  render(error: ServiceError, exchange: Exchange, progress: Progress): WireResponse {
    return codecs[progress.codec].writeError(error, progress.service, exchange);
  }

  close(): Promise<void> {
    return this.#receiver.close();
  }

  async #load(service: Service): Promise<Operations> {
    const table = typeof service.operations === "function" ? await service.operations() : service.operations;
    this.#tables.set(service, table);
    return table;
  }

  #route(model: ServiceModel, codec: CodecName, head: RequestHead, body: Uint8Array | undefined): Route {
    if (model.name !== "s3") return this.#finder.find(model, codec, head, body && bufferOf(body).toString("utf8"));
    const path = pathWithBucket(bucketOfHost(head.headers.host ?? "", this.#parts.publicHosts), head.path);
    return this.#finder.find(model, codec, { ...head, path });
  }
}

/** Whether only the body's `Version` can say which service is meant: AssumeRoleWithWebIdentity is not signed. */
function isForm(head: RequestHead, identified: Identified): boolean {
  if (identified.service || identified.unknownService) return false;
  return mayBeQuery(head) && (head.headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false);
}

const mayBeQuery = ({ path }: RequestHead) => path === "/" || QUEUE_PATH.test(path);

/** Of an action that nobody signed: by its version, and on a queue's path without one too, since AWS's own examples leave it out there. */
function serviceOfAction(head: RequestHead, form: Uint8Array | undefined): string | undefined {
  const text = form === undefined ? head.query : bufferOf(form).toString("utf8");
  if (!mayBeQuery(head) || queryValue(text, "Action") === undefined) return undefined;
  const version = queryValue(text, "Version");
  if (version !== undefined) return SERVICE_BY_QUERY_VERSION.get(version);
  return QUEUE_PATH.test(head.path) ? "sqs" : undefined;
}

/** AWS: what names no service is S3's, where buckets stand in path or host. */
function serviceName(identified: Identified, form: Uint8Array | undefined, head: RequestHead): string {
  if (identified.unknownService !== undefined) throw notServed(identified.unknownService);
  return identified.service ?? serviceOfAction(head, form) ?? "s3";
}

function servedService(services: Services, name: string): Service {
  if (Object.hasOwn(services, name)) return services[name]!;
  throw notServed(name);
}

function handlerOf(
  table: Operations,
  operation: OperationPlan,
): (input: Input, call: Call, context: unknown) => Promise<Input | undefined> {
  const handler = table[operation.name];
  if (handler && handler !== "not-implemented") return handler as unknown as ReturnType<typeof handlerOf>;
  throw notImplemented(`lambent does not implement ${operation.service.name}:${operation.name}.`);
}

const notServed = (name: string) => notImplemented(`lambent does not serve ${name.slice(0, 100)}.`);

/**
 * As the caller reached us, so that URLs that we hand out lead it back: a proxy in front that ends TLS says so by a header. Believed of everybody,
 * since whoever sends it is told of it and nobody else.
 */
function endpointOf({ headers }: RequestHead): string {
  const scheme = headers["x-forwarded-proto"] === "https" ? "https" : "http";
  return `${scheme}://${headers.host ?? "127.0.0.1"}`;
}
