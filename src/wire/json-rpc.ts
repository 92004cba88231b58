// The JSON protocols 1.0 and 1.1: POST / with the operation in X-Amz-Target. SQS, EventBridge, Logs, Step Functions, SSM, Secrets Manager …

import type { Codec, ResponseContext } from "./codec.ts";
import { describeError } from "./error-shape.ts";
import { EVENT_STREAM_TYPE, encodeEventStream } from "./event-stream.ts";
import { parseJson, readJsonMembers, writeJsonMembers } from "./json-value.ts";
import { MalformedRequest } from "./malformed.ts";
import { EMPTY_BODY, type WireRequest, type WireResponse, wholeBody } from "./message.ts";
import type { OperationPlan, ServiceModel } from "./service-model.ts";

type Bag = Record<string, unknown>;

export const json10: Codec = jsonCodec("1.0");
export const json11: Codec = jsonCodec("1.1");

/** Recorded: the framework's own errors keep their Java names in 1.0. */
const FRAMEWORK_ERRORS: Readonly<Record<string, string>> = {
  SerializationException: "com.amazon.coral.service#SerializationException",
  UnknownOperationException: "com.amazon.coral.service#UnknownOperationException",
  ValidationException: "com.amazon.coral.validate#ValidationException",
  // SQS's, which its model does not have; x-amzn-query-error holds the short codes.
  InvalidParameterValue: "com.amazon.coral.service#InvalidParameterValueException",
  MissingParameter: "com.amazon.coral.service#MissingRequiredParameterException",
};

function jsonCodec(version: "1.0" | "1.1"): Codec {
  const contentType = `application/x-amz-json-${version}`;
  return {
    name: `json-${version}`,
    readInput: (operation, request) => readInput(operation, request),
    writeOutput: (operation, output, context) => writeOutput(operation, output, { contentType, context }),
    writeError(error, service, context) {
      const described = describeError(error, service);
      const type = version === "1.1" ? described.className : fullType(described.className, service);
      const headers: Record<string, string> = { "content-type": contentType, "x-amzn-requestid": context.requestId };
      if (service?.metadata.awsQueryCompatible)
        headers["x-amzn-query-error"] = `${described.queryCode};${described.isSender ? "Sender" : "Receiver"}`;
      const body = { __type: type, ...error.fields, [described.messageKey]: error.message };
      return { status: described.status, headers, body: JSON.stringify(body) };
    },
  };
}

function readInput(operation: OperationPlan, request: WireRequest): Bag {
  const value = parseJson(wholeBody(request));
  if (Array.isArray(value) || typeof value !== "object" || value === null)
    throw new MalformedRequest("Start of structure or map was expected.");
  return readJsonMembers(operation.input?.members ?? [], value);
}

function writeOutput(
  operation: OperationPlan,
  output: Bag,
  { contentType, context }: { contentType: string; context: ResponseContext },
): WireResponse {
  const headers = { "content-type": contentType, "x-amzn-requestid": context.requestId };
  const { eventStream } = operation;
  if (eventStream) {
    const events = output[eventStream.name] as AsyncIterable<Bag>;
    const body = encodeEventStream(operation, eventStream.shape, events, { format: "json", initialResponse: output });
    return { status: 200, headers: { ...headers, "content-type": EVENT_STREAM_TYPE }, body };
  }
  return { status: 200, headers, body: operation.output ? JSON.stringify(writeJsonMembers(operation.output.members, output)) : EMPTY_BODY };
}

const fullType = (className: string, service: ServiceModel | undefined) =>
  FRAMEWORK_ERRORS[className] ?? `com.amazonaws.${service?.name ?? "lambent"}#${className}`;
