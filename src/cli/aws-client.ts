// The few AWS operations that the command line needs, signed with aws4. A small client of our own: the SDK would weigh more than lambent.

import aws4 from "aws4";
import type { CreateFunctionRequest, FunctionConfiguration, UpdateFunctionConfigurationRequest } from "../models/lambda.ts";
import type { FilterLogEventsRequest, FilterLogEventsResponse } from "../models/logs.ts";
import { ApiError } from "./api-error.ts";
import type { Connection } from "./connection.ts";
import { readEventStream } from "./event-stream.ts";
import { exchange, failureOf, type HttpRequest, type HttpResponse, open, whole } from "./http.ts";

const SILENCE_MS = 60_000;
/** A function may run 900 s before its answer's first byte. */
const INVOKE_SILENCE_MS = 930_000;

/** A function's description as JSON carries it. */
export type Described = FunctionConfiguration;
/** CreateFunction with its zip as base64 text, which is what JSON carries. */
export type NewFunction = Omit<CreateFunctionRequest, "Code"> & { readonly Code: { readonly ZipFile: string } };
export type ChangedConfiguration = UpdateFunctionConfigurationRequest;

export interface InvokeAnswer {
  readonly payload: Buffer;
  /** "Unhandled" when the function failed. */
  readonly functionError?: string;
  readonly executedVersion?: string;
  /** Text, decoded; only when asked for. */
  readonly logTail?: string;
}

interface Exchange {
  readonly service: string;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

const FUNCTIONS = "/2015-03-31/functions";
const STREAMING = "/2021-11-15/functions";

export class AwsClient {
  readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Undefined when there is no such function. */
  async getFunction(name: string): Promise<Described | undefined> {
    try {
      return (await this.#json<{ Configuration: Described }>({ service: "lambda", method: "GET", path: `${FUNCTIONS}/${segment(name)}` }))
        .Configuration;
    } catch (error) {
      if (error instanceof ApiError && error.code === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  createFunction(input: NewFunction): Promise<Described> {
    return this.#json({ service: "lambda", method: "POST", path: FUNCTIONS, body: JSON.stringify(input) });
  }

  updateCode(name: string, zip: Uint8Array, architecture: string | undefined): Promise<Described> {
    const body = { ZipFile: Buffer.from(zip).toString("base64"), ...(architecture && { Architectures: [architecture] }) };
    return this.#json({ service: "lambda", method: "PUT", path: `${FUNCTIONS}/${segment(name)}/code`, body: JSON.stringify(body) });
  }

  updateConfiguration(name: string, changes: Omit<ChangedConfiguration, "FunctionName">): Promise<Described> {
    return this.#json({
      service: "lambda",
      method: "PUT",
      path: `${FUNCTIONS}/${segment(name)}/configuration`,
      body: JSON.stringify(changes),
    });
  }

  async deleteFunction(name: string, qualifier: string | undefined): Promise<void> {
    await this.#send({ service: "lambda", method: "DELETE", path: `${FUNCTIONS}/${segment(name)}${query({ Qualifier: qualifier })}` });
  }

  async listFunctions(): Promise<readonly Described[]> {
    const all: Described[] = [];
    let marker: string | undefined;
    do {
      const page = await this.#json<{ Functions?: readonly Described[]; NextMarker?: string | null }>({
        service: "lambda",
        method: "GET",
        path: `${FUNCTIONS}/${query({ Marker: marker })}`,
      });
      all.push(...(page.Functions ?? []));
      marker = page.NextMarker ?? undefined;
    } while (marker !== undefined);
    return all;
  }

  async invoke(name: string, payload: Uint8Array, options: { qualifier?: string | undefined; tail: boolean }): Promise<InvokeAnswer> {
    const response = await this.#send({
      service: "lambda",
      method: "POST",
      path: `${FUNCTIONS}/${segment(name)}/invocations${query({ Qualifier: options.qualifier })}`,
      headers: { "x-amz-log-type": options.tail ? "Tail" : "None" },
      body: payload,
      timeoutMs: INVOKE_SILENCE_MS,
    });
    return invokeAnswer(response);
  }

  /** Hands on what the function streams, piece by piece; the payload of the answer is that of an error, or empty. */
  async invokeStreaming(
    name: string,
    payload: Uint8Array,
    options: { qualifier?: string | undefined; tail: boolean; onPiece: (piece: Buffer) => Promise<void> },
  ): Promise<InvokeAnswer> {
    const request = this.#signed({
      service: "lambda",
      method: "POST",
      path: `${STREAMING}/${segment(name)}/response-streaming-invocations${query({ Qualifier: options.qualifier })}`,
      headers: { "x-amz-log-type": options.tail ? "Tail" : "None" },
      body: payload,
      timeoutMs: INVOKE_SILENCE_MS,
    });
    const incoming = await open(request);
    if ((incoming.statusCode ?? 0) >= 400) throw refusal(await whole(incoming, request));
    try {
      for await (const { headers, payload: piece } of readEventStream(incoming))
        if (headers[":event-type"] === "InvokeComplete") return completeAnswer(JSON.parse(piece.toString()));
        else await options.onPiece(piece);
    } catch (error) {
      throw failureOf(error as Error, request);
    }
    throw failureOf(new Error("the stream ended without its last event"), request);
  }

  /** Resolves, with the request's id, when the event is on disk. */
  async invokeLater(name: string, payload: Uint8Array, qualifier: string | undefined): Promise<string> {
    const response = await this.#send({
      service: "lambda",
      method: "POST",
      path: `${FUNCTIONS}/${segment(name)}/invocations${query({ Qualifier: qualifier })}`,
      headers: { "x-amz-invocation-type": "Event" },
      body: payload,
    });
    return String(response.headers["x-amzn-requestid"]);
  }

  filterLogEvents(input: FilterLogEventsRequest, signal?: AbortSignal): Promise<FilterLogEventsResponse> {
    return this.#json({
      service: "logs",
      method: "POST",
      path: "/",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "Logs_20140328.FilterLogEvents" },
      body: JSON.stringify(input),
      ...(signal && { signal }),
    });
  }

  /** The account that the keys in use belong to. */
  async account(): Promise<string> {
    const body = "Action=GetCallerIdentity&Version=2011-06-15";
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    const response = await this.#send({ service: "sts", method: "POST", path: "/", headers, body });
    return /<Account>(\d{12})<\/Account>/.exec(response.body.toString())?.[1] ?? "000000000000";
  }

  /** What the server says of itself. */
  health<T>(): Promise<T> {
    return this.#json({ service: "lambda", method: "GET", path: "/_lambent/health" });
  }

  /** An operation of a JSON service, by its X-Amz-Target. */
  call<T>(service: string, target: string, version: "1.0" | "1.1", input: object): Promise<T> {
    const headers = { "content-type": `application/x-amz-json-${version}`, "x-amz-target": target };
    return this.#json({ service, method: "POST", path: "/", headers, body: JSON.stringify(input) });
  }

  async #json<T>(what: Exchange): Promise<T> {
    const response = await this.#send({ ...what, headers: { "content-type": "application/json", ...what.headers } });
    return JSON.parse(response.body.toString() || "{}") as T;
  }

  async #send(what: Exchange): Promise<HttpResponse> {
    const response = await exchange(this.#signed(what));
    if (response.status >= 400) throw refusal(response);
    return response;
  }

  #signed(what: Exchange): HttpRequest {
    const { endpoint, region, ...keys } = this.connection;
    const body = typeof what.body === "string" ? Buffer.from(what.body) : what.body && asBuffer(what.body);
    const signed = aws4.sign(
      {
        host: new URL(endpoint).host,
        service: what.service,
        region,
        method: what.method,
        path: what.path,
        headers: { ...what.headers },
        ...(body && { body }),
      },
      keys,
    );
    return {
      method: what.method,
      url: endpoint + what.path,
      headers: signed.headers as Record<string, string>,
      timeoutMs: what.timeoutMs ?? SILENCE_MS,
      ...(body && { body }),
      ...(what.signal && { signal: what.signal }),
    };
  }
}

/** The same memory, as what aws4 takes. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function invokeAnswer(response: HttpResponse): InvokeAnswer {
  const header = (name: string) => response.headers[name] as string | undefined;
  const functionError = header("x-amz-function-error");
  const executedVersion = header("x-amz-executed-version");
  const tail = header("x-amz-log-result");
  return {
    payload: response.body,
    ...(functionError !== undefined && { functionError }),
    ...(executedVersion !== undefined && { executedVersion }),
    ...(tail !== undefined && { logTail: Buffer.from(tail, "base64").toString() }),
  };
}

/** The event that ends a stream. */
function completeAnswer(end: { ErrorCode?: string; ErrorDetails?: string; LogResult?: string }): InvokeAnswer {
  return {
    payload: Buffer.from(end.ErrorDetails ?? ""),
    ...(end.ErrorCode !== undefined && { functionError: end.ErrorCode }),
    ...(end.LogResult !== undefined && { logTail: Buffer.from(end.LogResult, "base64").toString() }),
  };
}

/** Codes come in a header (rest-json), in `__type` (json) or as XML (query); messages under either case. */
function refusal(response: HttpResponse): ApiError {
  const text = response.body.toString();
  const body = fields(text);
  const code = String(
    response.headers["x-amzn-errortype"] ?? body.__type ?? body.code ?? /<Code>([^<]*)</.exec(text)?.[1] ?? `HTTP ${response.status}`,
  );
  const message = body.message ?? body.Message ?? /<Message>([^<]*)</.exec(text)?.[1] ?? text.slice(0, 500);
  return new ApiError(code.split(":")[0]!.split("#").at(-1)!, response.status, String(message));
}

function fields(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function segment(name: string): string {
  return encodeURIComponent(name);
}

function query(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? "" : `?${given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}
