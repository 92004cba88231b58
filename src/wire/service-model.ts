// One served service as the wire sees it: its model, read at first use, and the plan of each operation, made once.

import { readFileSync } from "node:fs";
import { dataFile } from "../lib/sibling.ts";
import type { Metadata, Model, Operation } from "./model.ts";
import { isStreamingBlob, type LinkedShape, type Member, ShapeGraph } from "./shape-graph.ts";

/** Where the members of a structure stand in an HTTP message. RPC protocols use `body` alone. */
export interface Bindings {
  /** In the order of the URI's labels. */
  readonly labels: readonly Member[];
  readonly query: readonly Member[];
  /** Takes all query parameters that neither another member nor the URI names. */
  readonly queryRest: Member | undefined;
  /** Names of query parameters that the URI itself has: "mode" of "?mode=import". */
  readonly queryOfUri: ReadonlySet<string>;
  readonly headers: readonly Member[];
  readonly prefixHeaders: readonly Member[];
  readonly status: Member | undefined;
  /** The member that is the whole body. */
  readonly payload: Member | undefined;
  readonly body: readonly Member[];
}

export interface OperationPlan {
  readonly service: ServiceModel;
  readonly name: string;
  readonly model: Operation;
  readonly successStatus: number;
  readonly input: LinkedShape | undefined;
  readonly output: LinkedShape | undefined;
  readonly inputBindings: Bindings;
  readonly outputBindings: Bindings;
  /** The request body is bytes for the handler: not parsed here, whatever its size. */
  readonly takesRawPayload: boolean;
  /** The request body is handed over while it arrives. */
  readonly takesStream: boolean;
  /** The output member that is an event stream. */
  readonly eventStream: Member | undefined;
}

export class ServiceModel {
  /** Our name of the service: that of its file under models/. */
  readonly name: string;
  readonly metadata: Metadata;
  readonly operations: Model["operations"];
  readonly #graph: ShapeGraph;
  readonly #exceptionNames: readonly string[];
  readonly #plans = new Map<string, OperationPlan>();
  #errors: ReadonlyMap<string, LinkedShape> | undefined;

  constructor(name: string, model: Model) {
    this.name = name;
    this.metadata = model.metadata;
    this.operations = model.operations;
    this.#graph = new ShapeGraph(model.shapes);
    this.#exceptionNames = Object.keys(model.shapes).filter((shape) => model.shapes[shape]!.exception);
  }

  /** Undefined if the service has no operation of this name. */
  operation(name: string): OperationPlan | undefined {
    const known = this.#plans.get(name);
    if (known || !Object.hasOwn(this.operations, name)) return known;
    const plan = planOperation(this, this.operations[name]!, this.#graph);
    this.#plans.set(name, plan);
    return plan;
  }

  /** The error's shape by its class or by its query code: "NoSuchEntityException" and "NoSuchEntity" are one. */
  error(code: string): LinkedShape | undefined {
    this.#errors ??= this.#indexErrors();
    return this.#errors.get(code);
  }

  #indexErrors(): ReadonlyMap<string, LinkedShape> {
    const shapes = this.#exceptionNames.map((name) => this.#graph.find(name)!);
    const byCode = shapes.flatMap((shape) => (shape.traits.error?.code ? [[shape.traits.error.code, shape] as const] : []));
    return new Map([...byCode, ...shapes.map((shape) => [shape.name, shape] as const)]);
  }
}

/** Reads models/<service>.json when it is first asked for. */
export class ServiceModels {
  readonly #models = new Map<string, ServiceModel>();

  /** `service` must be a key of SERVICES: it names a file. */
  get(service: string): ServiceModel {
    const known = this.#models.get(service);
    if (known) return known;
    const model = new ServiceModel(service, JSON.parse(readFileSync(dataFile(`models/${service}.json`), "utf8")) as Model);
    this.#models.set(service, model);
    return model;
  }
}

function planOperation(service: ServiceModel, model: Operation, graph: ShapeGraph): OperationPlan {
  const input = model.input && graph.find(model.input.shape);
  const output = model.output && graph.find(model.output.shape);
  const [, uriQuery = ""] = model.http.requestUri.split("?");
  const queryOfUri = new Set(["x-id", ...uriQuery.split("&").map((pair) => pair.split("=", 1)[0]!)]);
  const labels = [...model.http.requestUri.matchAll(/\{([^}+]+)\+?\}/g)].map((match) => match[1]!);
  const inputBindings = bind(input, { labels, queryOfUri });
  const outputBindings = bind(output, { labels: [], queryOfUri: new Set() });
  return {
    service,
    name: model.name,
    model,
    successStatus: model.http.responseCode ?? 200,
    input,
    output,
    inputBindings,
    outputBindings,
    takesRawPayload: inputBindings.payload?.shape.type === "blob",
    takesStream: inputBindings.payload !== undefined && isStreamingBlob(inputBindings.payload),
    eventStream: output?.members.find((member) => member.shape.traits.eventstream),
  };
}

function bind(shape: LinkedShape | undefined, uri: { labels: readonly string[]; queryOfUri: ReadonlySet<string> }): Bindings {
  const members = shape?.members ?? [];
  const at = (location: string) => members.filter((member) => member.ref.location === location);
  const query = at("querystring");
  const payload = members.find((member) => member.name === shape?.traits.payload);
  return {
    labels: uri.labels.map((label) => members.find((member) => member.ref.location === "uri" && member.wireName === label)!),
    query: query.filter((member) => member.shape.type !== "map"),
    queryOfUri: uri.queryOfUri,
    queryRest: query.find((member) => member.shape.type === "map"),
    headers: at("header").map((member) => ({ ...member, wireName: member.wireName.toLowerCase() })),
    prefixHeaders: at("headers").map((member) => ({ ...member, wireName: member.wireName.toLowerCase() })),
    status: at("statusCode")[0],
    payload,
    body: payload ? [] : members.filter((member) => !member.ref.location),
  };
}
