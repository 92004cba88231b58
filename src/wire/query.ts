// The query protocol: a form with Action and dotted names in, XML out. SNS, IAM, STS, CloudFormation; older callers of SQS and CloudWatch.
//
//   Action=CreateRole&Tags.member.1.Key=a&Tags.member.1.Value=b
//   <CreateRoleResponse><CreateRoleResult>…</CreateRoleResult><ResponseMetadata>…

import type { ServiceError } from "../lib/errors.ts";
import type { Codec, ResponseContext } from "./codec.ts";
import { describeError } from "./error-shape.ts";
import { readScalar } from "./http-bindings.ts";
import { readBase64, setOwn } from "./json-value.ts";
import { MalformedRequest, refuseNesting } from "./malformed.ts";
import { bufferOf, type WireRequest, type WireResponse, wholeBody } from "./message.ts";
import { parseQuery } from "./query-string.ts";
import type { OperationPlan, ServiceModel } from "./service-model.ts";
import { isFlattened, type Member } from "./shape-graph.ts";
import { escapeXml, flattenedName, writeXmlMembers } from "./xml-value.ts";

type Bag = Record<string, unknown>;

/** Parameter names as a tree: "Tags.member.1.Key" is four levels. */
interface Parameter {
  text?: string;
  readonly children: Map<string, Parameter>;
}

/** More levels than any AWS name has; a request with deeper ones is hostile. */
const NAME_DEPTH_MAX = 40;

/** Older clients send what they want of a queue to its URL, and do not repeat it in the form. */
export const QUEUE_PATH = /^\/\d{12}\/[a-zA-Z0-9_.-]{1,80}\/?$/;

const SQS_NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/";

export const query: Codec = { name: "query", readInput, writeOutput, writeError };

/** The form's text: the body of a POST and the query of the URL, which AWS reads alike. */
function formOf(request: WireRequest): string {
  const body = bufferOf(wholeBody(request)).toString("utf8");
  return request.query && body ? `${request.query}&${body}` : request.query || body;
}

function readInput(operation: OperationPlan, request: WireRequest): Bag {
  const input = readMembers(operation.input?.members ?? [], buildTree(parseQuery(formOf(request))), 0);
  if (operation.service.name === "sqs" && QUEUE_PATH.test(request.path)) input.QueueUrl ??= `http://${request.headers.host}${request.path}`;
  return input;
}

function buildTree(pairs: readonly [string, string][]): Parameter {
  const root: Parameter = { children: new Map() };
  for (const [name, text] of pairs) {
    const path = name.split(".", NAME_DEPTH_MAX + 1);
    if (path.length > NAME_DEPTH_MAX) throw new MalformedRequest("A parameter's name has too many parts.");
    let node = root;
    for (const part of path) {
      const child = node.children.get(part) ?? { children: new Map() };
      node.children.set(part, child);
      node = child;
    }
    node.text = text;
  }
  return root;
}

function readMembers(members: readonly Member[], node: Parameter, depth: number): Bag {
  const out: Bag = {};
  for (const member of members) {
    const found = node.children.get(isFlattened(member) ? flattenedName(member) : member.xmlName) ?? node.children.get(member.xmlName);
    if (found) out[member.name] = readValue(member, found, depth + 1);
  }
  return out;
}

function readValue(member: Member, node: Parameter, depth: number): unknown {
  refuseNesting(depth);
  const { shape } = member;
  switch (shape.type) {
    case "structure":
      return readMembers(shape.members, node, depth);
    case "list":
      return readElements(member, node).map((element) => readValue(shape.element!, element, depth + 1));
    case "map":
      return readMap(member, node, depth);
    case "blob":
      return readBase64(node.text ?? "");
    default:
      // AWS: an empty number, flag or time is an absent one.
      return node.text === "" && shape.type !== "string" ? undefined : readScalar(member, node.text ?? "");
  }
}

/** `Tags=` is the empty list. */
function readElements(member: Member, node: Parameter): Parameter[] {
  if (isFlattened(member)) return numbered(node);
  const inner = node.children.get(member.shape.element!.xmlName) ?? node.children.get("member");
  return inner ? numbered(inner) : [];
}

const numbered = (node: Parameter): Parameter[] =>
  [...node.children]
    .filter(([index]) => /^\d{1,9}$/.test(index))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([, child]) => child);

function readMap(member: Member, node: Parameter, depth: number): Bag {
  const { key, value } = member.shape;
  const entries = isFlattened(member) ? node : (node.children.get("entry") ?? { children: new Map() });
  const out: Bag = {};
  for (const entry of numbered(entries)) {
    const name = entry.children.get(key!.xmlName)?.text;
    const content = entry.children.get(value!.xmlName);
    if (name !== undefined && content) setOwn(out, name, readValue(value!, content, depth + 1));
  }
  return out;
}

function writeOutput(operation: OperationPlan, output: Bag, context: ResponseContext): WireResponse {
  const wrapper = operation.model.output?.resultWrapper ?? `${operation.name}Result`;
  const result = operation.output ? `<${wrapper}>${writeXmlMembers(operation.output.members, output)}</${wrapper}>` : "";
  const metadata = `<ResponseMetadata><RequestId>${context.requestId}</RequestId></ResponseMetadata>`;
  const body = `<${operation.name}Response xmlns="${namespaceOf(operation.service)}">${result}${metadata}</${operation.name}Response>`;
  return { status: 200, headers: { "content-type": "text/xml", "x-amzn-requestid": context.requestId }, body };
}

function writeError(error: ServiceError, service: ServiceModel | undefined, context: ResponseContext): WireResponse {
  const { queryCode, status, isSender, shape } = describeError(error, service);
  const code = error instanceof MalformedRequest ? "MalformedInput" : queryCode;
  const fields = shape ? writeXmlMembers(shape.members, error.fields) : "";
  const detail = `<Type>${isSender ? "Sender" : "Receiver"}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(error.message)}</Message>${fields}`;
  const body = `<ErrorResponse xmlns="${namespaceOf(service)}"><Error>${detail}</Error><RequestId>${context.requestId}</RequestId></ErrorResponse>`;
  return { status, headers: { "content-type": "text/xml", "x-amzn-requestid": context.requestId }, body };
}

/** SQS's model has lost its namespace with its move to JSON; its query callers still expect it. */
const namespaceOf = (service: ServiceModel | undefined) => service?.metadata.xmlNamespace ?? SQS_NAMESPACE;
