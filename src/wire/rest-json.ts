// The rest-json protocol: Lambda, Scheduler and both API Gateways.
//
//   POST /2015-03-31/functions/{FunctionName}/invocations?Qualifier=…     labels, query
//   X-Amz-Invocation-Type: RequestResponse                                headers
//                                                                         then a JSON body, or one member as the whole body

import type { ServiceError } from "../lib/errors.ts";
import type { Codec, ResponseContext } from "./codec.ts";
import { describeError } from "./error-shape.ts";
import { EVENT_STREAM_TYPE, encodeEventStream } from "./event-stream.ts";
import { readBindings, writeBindings } from "./http-bindings.ts";
import { parseJson, readJson, readJsonMembers, writeJson, writeJsonMembers } from "./json-value.ts";
import { bufferOf, EMPTY_BODY, type WireRequest, type WireResponse, wholeBody } from "./message.ts";
import type { OperationPlan, ServiceModel } from "./service-model.ts";
import type { Member } from "./shape-graph.ts";

type Bag = Record<string, unknown>;

export const restJson: Codec = { name: "rest-json", readInput, writeOutput, writeError };

function readInput(operation: OperationPlan, request: WireRequest): Bag {
  const { payload, body } = operation.inputBindings;
  const input = payload ? readPayload(payload, request) : body.length > 0 ? readJsonMembers(body, parseJson(wholeBody(request))) : {};
  readBindings(operation.inputBindings, request, input);
  return input;
}

function readPayload(payload: Member, request: WireRequest): Bag {
  if (payload.shape.type === "blob") return { [payload.name]: request.body };
  const body = wholeBody(request);
  if (payload.shape.type === "string") return { [payload.name]: bufferOf(body).toString("utf8") };
  return body.byteLength === 0 ? {} : { [payload.name]: readJson(payload.shape, parseJson(body)) };
}

function writeOutput(operation: OperationPlan, output: Bag, context: ResponseContext): WireResponse {
  const headers: Record<string, string> = { "x-amzn-requestid": context.requestId };
  const bindings = operation.outputBindings;
  const status = writeBindings(bindings, output, headers, operation.successStatus);
  if (status === 204) return { status, headers, body: EMPTY_BODY };
  const body = bindings.payload ? writePayload(operation, bindings.payload, output, headers) : writeBody(operation, output, headers);
  return { status, headers, body };
}

function writeBody(operation: OperationPlan, output: Bag, headers: Record<string, string>): WireResponse["body"] {
  headers["content-type"] = "application/json";
  return operation.output ? JSON.stringify(writeJsonMembers(operation.outputBindings.body, output)) : EMPTY_BODY;
}

function writePayload(operation: OperationPlan, payload: Member, output: Bag, headers: Record<string, string>): WireResponse["body"] {
  const value = output[payload.name];
  if (payload.shape.traits.eventstream) {
    // The header member that is called Content-Type describes the payload inside the stream: InvokeWithResponseStream.
    headers["content-type"] ??= EVENT_STREAM_TYPE;
    return encodeEventStream(operation, payload.shape, value as AsyncIterable<Bag>, { format: "json" });
  }
  if (payload.shape.type === "structure") {
    headers["content-type"] = "application/json";
    return JSON.stringify(writeJson(payload, value ?? {}));
  }
  // Lambda answers Invoke with application/json, whatever the function's bytes are.
  headers["content-type"] ??= operation.service.name === "lambda" ? "application/json" : "application/octet-stream";
  return (value as WireResponse["body"] | undefined) ?? EMPTY_BODY;
}

/** `Type` and further members only where the error's class has them. */
function writeError(error: ServiceError, service: ServiceModel | undefined, context: ResponseContext): WireResponse {
  const { className, status, isSender, messageKey, shape } = describeError(error, service);
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "x-amzn-errortype": className,
    "x-amzn-requestid": context.requestId,
  };
  const body: Bag = {};
  for (const [name, value] of Object.entries(error.fields)) {
    const member = shape?.members.find((candidate) => candidate.name === name);
    if (member?.ref.location === "header") headers[member.wireName.toLowerCase()] = String(value);
    else body[member?.wireName ?? name] = value;
  }
  if (shape?.members.some((member) => member.name === "Type")) body.Type ??= isSender ? "User" : "Service";
  body[messageKey] = error.message;
  return { status, headers, body: JSON.stringify(body) };
}
