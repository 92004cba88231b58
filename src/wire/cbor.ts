// The Smithy RPC v2 CBOR protocol: POST /service/<target>/operation/<name>. Newer callers of CloudWatch (boto3, Go).

import type { ServiceError } from "../lib/errors.ts";
import { CborFloat, type CborValue, type CborWritable, decodeCbor, encodeCbor } from "./cbor-value.ts";
import type { Codec, ResponseContext } from "./codec.ts";
import { describeError } from "./error-shape.ts";
import { setOwn } from "./json-value.ts";
import { MalformedRequest } from "./malformed.ts";
import { type WireRequest, type WireResponse, wholeBody } from "./message.ts";
import type { OperationPlan, ServiceModel } from "./service-model.ts";
import type { LinkedShape, Member } from "./shape-graph.ts";
import { readTimestamp } from "./timestamp.ts";

type Bag = Record<string, unknown>;

export const cbor: Codec = { name: "rpc-v2-cbor", readInput, writeOutput, writeError };

function readInput(operation: OperationPlan, request: WireRequest): Bag {
  const body = wholeBody(request);
  return body.byteLength === 0 ? {} : readMembers(operation.input?.members ?? [], decodeCbor(body));
}

/** Names are the model's own: this protocol knows no locationName. */
function readMembers(members: readonly Member[], value: CborValue): Bag {
  if (!(value instanceof Map)) throw wrongType(value, "map");
  const out: Bag = {};
  for (const member of members) {
    const found = value.get(member.name);
    if (found !== undefined && found !== null) out[member.name] = readValue(member.shape, found);
  }
  return out;
}

function readValue(shape: LinkedShape, value: CborValue): unknown {
  switch (shape.type) {
    case "structure":
      return readMembers(shape.members, value);
    case "list":
      if (!Array.isArray(value)) throw wrongType(value, "list");
      return value.map((element) => (element === null ? null : readValue(shape.element!.shape, element)));
    case "map":
      return readMap(shape, value);
    case "timestamp":
      return value instanceof Date ? readTimestamp(value.getTime() / 1000) : readTimestamp(value);
    case "blob":
      if (!(value instanceof Uint8Array)) throw wrongType(value, "byte string");
      return value;
    case "integer":
    case "long":
      if (!Number.isInteger(value)) throw wrongType(value, "integer");
      return value;
    case "string":
    case "boolean":
      if (typeof value !== shape.type) throw wrongType(value, shape.type);
      return value;
    default:
      if (typeof value !== "number") throw wrongType(value, "number");
      return value;
  }
}

function readMap(shape: LinkedShape, value: CborValue): Bag {
  if (!(value instanceof Map)) throw wrongType(value, "map");
  const out: Bag = {};
  for (const [key, element] of value) setOwn(out, key, element === null ? null : readValue(shape.value!.shape, element));
  return out;
}

const wrongType = (value: CborValue, wanted: string) => new MalformedRequest(`A ${wanted} was expected instead of a ${typeof value}.`);

function writeOutput(operation: OperationPlan, output: Bag, context: ResponseContext): WireResponse {
  const body = encodeCbor(writeMembers(operation.output?.members ?? [], output));
  return { status: 200, headers: headersOf(context), body };
}

const headersOf = (context: ResponseContext) => ({
  "content-type": "application/cbor",
  "smithy-protocol": "rpc-v2-cbor",
  "x-amzn-requestid": context.requestId,
});

function writeMembers(members: readonly Member[], value: Bag): Map<string, CborWritable> {
  const found = members.filter((member) => value[member.name] !== undefined && value[member.name] !== null);
  return new Map(found.map((member) => [member.name, writeValue(member.shape, value[member.name])]));
}

function writeValue(shape: LinkedShape, value: unknown): CborWritable {
  if (value === null || value === undefined) return null;
  switch (shape.type) {
    case "structure":
      return writeMembers(shape.members, value as Bag);
    case "list":
      return (value as unknown[]).map((element) => writeValue(shape.element!.shape, element));
    case "map":
      return new Map(Object.entries(value).map(([key, element]) => [key, writeValue(shape.value!.shape, element)]));
    case "float":
    case "double":
      return new CborFloat(value as number);
    default:
      return value as CborWritable;
  }
}

function writeError(error: ServiceError, service: ServiceModel | undefined, context: ResponseContext): WireResponse {
  const { className, queryCode, status, isSender, messageKey } = describeError(error, service);
  const body = new Map<string, CborWritable>([
    ["__type", `com.amazonaws.${service?.name ?? "lambent"}#${className}`],
    ...Object.entries(error.fields),
    [messageKey, error.message],
  ]);
  const queryError = service?.metadata.awsQueryCompatible
    ? { "x-amzn-query-error": `${queryCode};${isSender ? "Sender" : "Receiver"}` }
    : {};
  return { status, headers: { ...headersOf(context), ...queryError }, body: encodeCbor(body) };
}
