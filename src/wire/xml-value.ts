// Between XML text and the typed values that handlers see, for the query and rest-xml protocols.

import { createRequire } from "node:module";
import type { XMLParser } from "fast-xml-parser";
import { readScalar } from "./http-bindings.ts";
import { readBase64, setOwn } from "./json-value.ts";
import { MalformedRequest, refuseNesting } from "./malformed.ts";
import { bufferOf } from "./message.ts";
import { isFlattened, type Member } from "./shape-graph.ts";
import { timestampFormat, writeTimestamp } from "./timestamp.ts";

type Bag = Record<string, unknown>;
type XmlNode = string | Bag;

const ATTRIBUTE = "@_";

/** Loaded when XML comes, as one file; imported it would be 36 that every start reads. */
function parserClass(): typeof XMLParser {
  return (createRequire(import.meta.url)("fast-xml-parser") as { readonly XMLParser: typeof XMLParser }).XMLParser;
}

/** The root element's content: text, or elements by name. Throws MalformedRequest. */
export function parseXml(body: Uint8Array): XmlNode {
  const text = bufferOf(body).toString("utf8");
  // Entities of a document type are how an XML bomb is made; no AWS client sends one.
  if (text.includes("<!DOCTYPE") || text.includes("<!ENTITY")) throw new MalformedRequest("A document type is not allowed.");
  const parser = new (parserClass())({
    ignoreAttributes: false,
    attributeNamePrefix: ATTRIBUTE,
    ignoreDeclaration: true,
    ignorePiTags: true,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    htmlEntities: true,
  });
  try {
    const document = parser.parse(text, true) as Bag;
    const root = Object.keys(document).find((name) => name !== "#text");
    if (root) return document[root] as XmlNode;
  } catch (cause) {
    throw new MalformedRequest("The XML you provided was not well-formed or did not validate against our published schema", { cause });
  }
  throw new MalformedRequest("The XML you provided was not well-formed or did not validate against our published schema");
}

export function readXmlMembers(members: readonly Member[], node: XmlNode, depth = 0): Bag {
  const out: Bag = {};
  if (typeof node === "string") return out;
  for (const member of members) {
    const value = readXmlMember(member, node, depth);
    if (value !== undefined) out[member.name] = value;
  }
  return out;
}

function readXmlMember(member: Member, node: Bag, depth: number): unknown {
  if (member.ref.xmlAttribute) {
    const attribute = node[ATTRIBUTE + member.xmlName];
    return attribute === undefined ? undefined : readScalar(member, String(attribute));
  }
  const found = node[flattenedName(member)] as XmlNode | XmlNode[] | undefined;
  if (found === undefined) return undefined;
  if (!isFlattened(member)) return readXml(member, Array.isArray(found) ? found[0]! : found, depth + 1);
  const nodes = Array.isArray(found) ? found : [found];
  return member.shape.type === "map"
    ? readEntries(member, nodes, depth)
    : nodes.map((one) => readXml(member.shape.element!, one, depth + 1));
}

/** AWS: a flattened list's elements carry the name that the list gives them, if any, and else the list's own. */
export function flattenedName(member: Member): string {
  return (isFlattened(member) && member.shape.type === "list" && member.shape.element!.ref.locationName) || member.xmlName;
}

export function readXml(member: Member, node: XmlNode, depth = 0): unknown {
  refuseNesting(depth);
  switch (member.shape.type) {
    case "structure":
      return readXmlMembers(member.shape.members, node, depth);
    case "list":
      return elements(node, member.shape.element!.xmlName).map((one) => readXml(member.shape.element!, one, depth + 1));
    case "map":
      return readEntries(member, elements(node, "entry"), depth);
    case "blob":
      return readBase64(textOf(node));
    default:
      return readScalar(member, member.shape.type === "string" ? textOf(node) : textOf(node).trim());
  }
}

function readEntries(member: Member, nodes: readonly XmlNode[], depth: number): Bag {
  const { key, value } = member.shape;
  const out: Bag = {};
  for (const node of nodes) {
    const [name] = elements(node, key!.xmlName);
    const [content] = elements(node, value!.xmlName);
    if (name !== undefined && content !== undefined) setOwn(out, textOf(name), readXml(value!, content, depth + 1));
  }
  return out;
}

function elements(node: XmlNode, name: string): XmlNode[] {
  const found = typeof node === "string" ? undefined : (node[name] as XmlNode | XmlNode[] | undefined);
  return found === undefined ? [] : Array.isArray(found) ? found : [found];
}

const textOf = (node: XmlNode): string => (typeof node === "string" ? node : String(node["#text"] ?? ""));

/** The elements of a structure's members, one after the other. */
export function writeXmlMembers(members: readonly Member[], value: unknown): string {
  let out = "";
  for (const member of members) {
    const found = (value as Bag)[member.name];
    if (found !== undefined && found !== null && !member.ref.xmlAttribute) out += writeXml(member, found);
  }
  return out;
}

/** The element of a member, or several if it is a flattened list. */
export function writeXml(member: Member, value: unknown): string {
  if (!isFlattened(member)) return writeXmlRoot(member.xmlName, member, value);
  const name = flattenedName(member);
  if (member.shape.type === "map") return writeEntries(name, member, value);
  return (value as unknown[]).map((element) => writeXmlRoot(name, member.shape.element!, element)).join("");
}

/** An element of the given name with the member's content. */
export function writeXmlRoot(name: string, member: Member, value: unknown): string {
  return `<${name}${namespaceOf(member)}${attributesOf(member, value)}>${content(member, value)}</${name}>`;
}

function content(member: Member, value: unknown): string {
  const { shape } = member;
  switch (shape.type) {
    case "structure":
      return writeXmlMembers(shape.members, value ?? {});
    case "list":
      return (value as unknown[]).map((element) => writeXmlRoot(shape.element!.xmlName, shape.element!, element)).join("");
    case "map":
      return writeEntries("entry", member, value);
    case "timestamp":
      return String(writeTimestamp(value as Date, timestampFormat(member, "iso8601")));
    case "blob":
      return bufferOf(value as Uint8Array).toString("base64");
    default:
      return escapeXml(String(value));
  }
}

function writeEntries(name: string, member: Member, value: unknown): string {
  const { key, value: item } = member.shape;
  const entries = Object.entries(value as Bag);
  return entries
    .map(([k, v]) => `<${name}>${writeXmlRoot(key!.xmlName, key!, k)}${writeXmlRoot(item!.xmlName, item!, v)}</${name}>`)
    .join("");
}

function namespaceOf(member: Member): string {
  const namespace = member.ref.xmlNamespace ?? member.shape.traits.xmlNamespace;
  if (!namespace) return "";
  if (typeof namespace === "string") return ` xmlns="${escapeXml(namespace)}"`;
  return ` xmlns${namespace.prefix ? `:${namespace.prefix}` : ""}="${escapeXml(namespace.uri)}"`;
}

function attributesOf(member: Member, value: unknown): string {
  const attributes = member.shape.members.filter((one) => one.ref.xmlAttribute && (value as Bag)[one.name] !== undefined);
  return attributes.map((one) => ` ${one.xmlName}="${escapeXml(String((value as Bag)[one.name]))}"`).join("");
}

const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

export function escapeXml(text: string): string {
  return /[&<>"\0-\x1f\x7f\u0085\u2028]/.test(text)
    ? text.replaceAll(/[&<>"\0-\x08\x0b-\x1f\x7f\u0085\u2028]/g, (c) => ESCAPES[c] ?? `&#x${c.codePointAt(0)!.toString(16)};`)
    : text;
}
