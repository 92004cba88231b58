// The part of the REST protocols outside the body: labels, query, headers and status, between text and typed values.

import { setOwn } from "./json-value.ts";
import { MalformedRequest } from "./malformed.ts";
import type { WireRequest } from "./message.ts";
import { decodePercent, parseQuery } from "./query-string.ts";
import type { Bindings } from "./service-model.ts";
import type { Member } from "./shape-graph.ts";
import { readTimestamp, timestampFormat, writeTimestamp } from "./timestamp.ts";

type Bag = Record<string, unknown>;

/** Sets on `input` all members that stand outside the body. Throws MalformedRequest. */
export function readBindings(bindings: Bindings, request: WireRequest, input: Bag): void {
  bindings.labels.forEach((member, index) => {
    input[member.name] = readScalar(member, decodePercent(request.labels[index]!));
  });
  if (request.query !== "" && (bindings.query.length > 0 || bindings.queryRest)) readQuery(bindings, request.query, input);
  for (const member of bindings.headers) {
    const text = request.headers[member.wireName];
    if (text !== undefined) input[member.name] = readHeader(member, text);
  }
  for (const member of bindings.prefixHeaders) readPrefixHeaders(member, request.headers, input);
}

function readQuery(bindings: Bindings, query: string, input: Bag): void {
  const rest: Bag = {};
  for (const [name, value] of parseQuery(query)) {
    const member = bindings.query.find((candidate) => candidate.wireName === name);
    if (member) input[member.name] = readParameter(member, value, input[member.name]);
    else if (bindings.queryRest && !bindings.queryOfUri.has(name)) setOwn(rest, name, readRest(bindings.queryRest, value, rest, name));
  }
  if (bindings.queryRest && Object.keys(rest).length > 0) input[bindings.queryRest.name] = rest;
}

function readRest({ shape }: Member, text: string, rest: Bag, name: string): unknown {
  const before = Object.hasOwn(rest, name) ? rest[name] : undefined;
  return shape.value!.shape.type === "list" ? appended(before, text) : text;
}

function readParameter(member: Member, text: string, before: unknown): unknown {
  if (member.shape.type === "list") return appended(before, readScalar(member.shape.element!, text));
  // AWS: an empty value of a number or a flag is an absent one ("?MaxItems=").
  return text === "" && member.shape.type !== "string" ? undefined : readScalar(member, text);
}

function appended(list: unknown, value: unknown): unknown[] {
  if (!Array.isArray(list)) return [value];
  list.push(value);
  return list;
}

function readHeader(member: Member, text: string): unknown {
  if (member.shape.type !== "list") return readScalar(member, text, "rfc822");
  return splitHeader(text, member.shape.element!.shape.type === "timestamp").map((part) =>
    readScalar(member.shape.element!, part, "rfc822"),
  );
}

/** Comma-separated, with quoted parts; HTTP dates have a comma of their own. */
function splitHeader(text: string, isDates: boolean): string[] {
  const parts = isDates ? (text.match(/[^,]+,[^,]+/g) ?? []) : (text.match(/\s*("(?:[^"\\]|\\.)*"|[^,]*)(,|$)/g) ?? []);
  const cleaned = parts.map((part) => part.replace(/,$/, "").trim());
  if (cleaned.length > 1 && cleaned.at(-1) === "" && !text.trimEnd().endsWith(",")) cleaned.pop();
  return cleaned.map((part) => (part.startsWith('"') && part.endsWith('"') ? part.slice(1, -1).replaceAll(/\\(.)/g, "$1") : part));
}

function readPrefixHeaders(member: Member, headers: WireRequest["headers"], input: Bag): void {
  const found: Bag = {};
  for (const name in headers) if (name.startsWith(member.wireName)) setOwn(found, name.slice(member.wireName.length), headers[name]);
  if (Object.keys(found).length > 0) input[member.name] = found;
}

/** Text of a label, parameter or header. Throws MalformedRequest. */
export function readScalar(member: Member, text: string, dates: "rfc822" | "iso8601" = "iso8601"): unknown {
  switch (member.shape.type) {
    case "string":
      return text;
    case "boolean":
      if (text === "true" || text === "True") return true;
      if (text === "false" || text === "False") return false;
      throw new MalformedRequest(`STRING_VALUE can not be converted to a Boolean`);
    case "integer":
    case "long":
      if (!/^[+-]?\d{1,19}$/.test(text))
        throw new MalformedRequest(`STRING_VALUE can not be converted to ${member.shape.type === "long" ? "a Long" : "an Integer"}`);
      return Number(text);
    case "float":
    case "double":
      return readNumber(text);
    case "timestamp":
      return readTimestamp(dates === "rfc822" && timestampFormat(member, dates) === "unixTimestamp" ? Number(text) : text);
    default:
      throw new TypeError(`a ${member.shape.type} has no place outside the body`);
  }
}

function readNumber(text: string): number {
  if (!/^([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NaN|-?Infinity)$/.test(text))
    throw new MalformedRequest("STRING_VALUE can not be converted to a Double");
  return Number(text);
}

/** The headers and the status of an output; `body` is left to the codec. */
export function writeBindings(bindings: Bindings, output: Bag, headers: Record<string, string>, status: number): number {
  for (const member of bindings.headers) {
    const value = output[member.name];
    if (value !== undefined && value !== null) headers[member.wireName] = writeHeader(member, value);
  }
  for (const member of bindings.prefixHeaders) {
    for (const [name, value] of Object.entries((output[member.name] as Bag | undefined) ?? {}))
      headers[`${member.wireName}${name.toLowerCase()}`] = headerText(String(value));
  }
  const chosen = bindings.status && output[bindings.status.name];
  return typeof chosen === "number" ? chosen : status;
}

function writeHeader(member: Member, value: unknown): string {
  if (member.shape.type !== "list") return headerText(writeScalar(member, value));
  const parts = (value as unknown[]).map((element) => writeScalar(member.shape.element!, element));
  return parts
    .map((part) => (/[",]/.test(part) && member.shape.element!.shape.type === "string" ? `"${part.replaceAll(/["\\]/g, "\\$&")}"` : part))
    .join(", ");
}

/** Node refuses characters above 255 and line breaks in headers; AWS sends such text as UTF-8 bytes. */
function headerText(text: string): string {
  if (/^[\t\x20-\x7e]*$/.test(text)) return text;
  return Buffer.from(text.replaceAll(/[\r\n\0]+/g, " "), "utf8").toString("latin1");
}

export function writeScalar(member: Member, value: unknown): string {
  return value instanceof Date ? String(writeTimestamp(value, timestampFormat(member, "rfc822"))) : String(value);
}
