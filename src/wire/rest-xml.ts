// The rest-xml protocol: S3. Bindings as in rest-json, bodies and errors in XML.

import type { ServiceError } from "../lib/errors.ts";
import type { Codec, ResponseContext } from "./codec.ts";
import { describeError } from "./error-shape.ts";
import { EVENT_STREAM_TYPE, encodeEventStream } from "./event-stream.ts";
import { readBindings, writeBindings } from "./http-bindings.ts";
import { MalformedRequest } from "./malformed.ts";
import { bufferOf, EMPTY_BODY, type WireRequest, type WireResponse, wholeBody } from "./message.ts";
import type { OperationPlan, ServiceModel } from "./service-model.ts";
import type { Member } from "./shape-graph.ts";
import { escapeXml, parseXml, readXmlMembers, writeXmlMembers, writeXmlRoot } from "./xml-value.ts";

type Bag = Record<string, unknown>;

export const restXml: Codec = { name: "rest-xml", readInput, writeOutput, writeError };

const PROLOGUE = '<?xml version="1.0" encoding="UTF-8"?>\n';
const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** Root elements that are not the model's shape name (S3 API reference, "Response Syntax" of each operation). */
const ROOTS: Readonly<Record<string, string>> = {
  CompleteMultipartUpload: "CompleteMultipartUploadResult",
  CreateMultipartUpload: "InitiateMultipartUploadResult",
  DeleteObjects: "DeleteResult",
  GetBucketAcl: "AccessControlPolicy",
  GetBucketCors: "CORSConfiguration",
  GetBucketLifecycleConfiguration: "LifecycleConfiguration",
  GetBucketLogging: "BucketLoggingStatus",
  GetBucketRequestPayment: "RequestPaymentConfiguration",
  GetBucketTagging: "Tagging",
  GetBucketVersioning: "VersioningConfiguration",
  GetBucketWebsite: "WebsiteConfiguration",
  GetObjectAcl: "AccessControlPolicy",
  GetObjectTagging: "Tagging",
  ListBuckets: "ListAllMyBucketsResult",
  ListMultipartUploads: "ListMultipartUploadsResult",
  ListObjects: "ListBucketResult",
  ListObjectsV2: "ListBucketResult",
  ListObjectVersions: "ListVersionsResult",
  ListParts: "ListPartsResult",
};

function readInput(operation: OperationPlan, request: WireRequest): Bag {
  const { payload, body } = operation.inputBindings;
  const input = payload ? readPayload(payload, request) : body.length > 0 ? readBody(body, request) : {};
  readBindings(operation.inputBindings, request, input);
  return input;
}

function readBody(members: readonly Member[], request: WireRequest): Bag {
  const body = wholeBody(request);
  return body.byteLength === 0 ? {} : readXmlMembers(members, parseXml(body));
}

function readPayload(payload: Member, request: WireRequest): Bag {
  if (payload.shape.type === "blob") return { [payload.name]: request.body };
  const body = wholeBody(request);
  if (payload.shape.type === "string") return { [payload.name]: bufferOf(body).toString("utf8") };
  return body.byteLength === 0 ? {} : { [payload.name]: readXmlMembers(payload.shape.members, parseXml(body)) };
}

function writeOutput(operation: OperationPlan, output: Bag, context: ResponseContext): WireResponse {
  const headers = identityHeaders(context);
  const bindings = operation.outputBindings;
  const status = writeBindings(bindings, output, headers, operation.successStatus);
  if (status === 204 || status === 304) return { status, headers, body: EMPTY_BODY };
  if (bindings.payload) return { status, headers, body: writePayload(operation, bindings.payload, output, headers) };
  if (bindings.body.length === 0) return { status, headers, body: EMPTY_BODY };
  headers["content-type"] = "application/xml";
  return { status, headers, body: PROLOGUE + writeRoot(operation, output) };
}

function writeRoot(operation: OperationPlan, output: Bag): string {
  // AWS: GetBucketLocation answers the bare element, without the structure around it.
  if (operation.name === "GetBucketLocation")
    return `<LocationConstraint xmlns="${NAMESPACE}">${escapeXml(String(output.LocationConstraint ?? ""))}</LocationConstraint>`;
  const root = ROOTS[operation.name] ?? operation.output!.name;
  return `<${root} xmlns="${NAMESPACE}">${writeXmlMembers(operation.outputBindings.body, output)}</${root}>`;
}

function writePayload(operation: OperationPlan, payload: Member, output: Bag, headers: Record<string, string>): WireResponse["body"] {
  const value = output[payload.name];
  if (payload.shape.traits.eventstream) {
    headers["content-type"] = EVENT_STREAM_TYPE;
    return encodeEventStream(operation, payload.shape, value as AsyncIterable<Bag>, { format: "xml" });
  }
  if (payload.shape.type === "structure") {
    headers["content-type"] = "application/xml";
    return PROLOGUE + writeXmlRoot(payload.shape.name, payload, value ?? {});
  }
  headers["content-type"] ??= payload.shape.type === "string" ? "text/plain" : "binary/octet-stream";
  return (value as WireResponse["body"] | undefined) ?? EMPTY_BODY;
}

/** AWS: a bare Error element. `x-amz-id-2` is for AWS's support; tools print it. */
function writeError(error: ServiceError, service: ServiceModel | undefined, context: ResponseContext): WireResponse {
  const { className, status } = describeError(error, service);
  const code = error instanceof MalformedRequest ? "MalformedXML" : className;
  const fields = Object.entries(error.fields).map(([name, value]) => `<${name}>${escapeXml(String(value))}</${name}>`);
  const identity = `<RequestId>${context.requestId}</RequestId><HostId>${context.requestId}</HostId>`;
  const body = `${PROLOGUE}<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>${fields.join("")}${identity}</Error>`;
  return { status, headers: { ...identityHeaders(context), "content-type": "application/xml" }, body };
}

const identityHeaders = (context: ResponseContext): Record<string, string> => ({
  "x-amz-request-id": context.requestId,
  "x-amz-id-2": context.requestId,
});
