// Between JSON values and the typed values that handlers see: dates, bytes and numbers; unknown members and nulls are dropped.

import { MalformedRequest, refuseNesting } from "./malformed.ts";
import { bufferOf } from "./message.ts";
import type { LinkedShape, Member } from "./shape-graph.ts";
import { readTimestamp, timestampFormat, writeTimestamp } from "./timestamp.ts";

type Bag = Record<string, unknown>;

/** Throws MalformedRequest on a value of the wrong JSON type. */
export function readJsonMembers(members: readonly Member[], value: unknown, depth = 0): Bag {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(value, "structure");
  const out: Bag = {};
  for (const member of members) {
    const found = (value as Bag)[member.wireName];
    if (found !== undefined && found !== null) out[member.name] = readJson(member.shape, found, depth + 1);
  }
  return out;
}

export function readJson(shape: LinkedShape, value: unknown, depth = 0): unknown {
  switch (shape.type) {
    case "string":
      if (typeof value !== "string") throw wrongType(value, "String");
      return value;
    case "structure":
      refuseNesting(depth);
      return readJsonMembers(shape.members, value, depth);
    case "list":
      refuseNesting(depth);
      if (!Array.isArray(value)) throw wrongType(value, "list");
      return value.map((element) => (element === null ? null : readJson(shape.element!.shape, element, depth + 1)));
    case "map":
      refuseNesting(depth);
      return readMap(shape, value, depth);
    case "boolean":
      if (typeof value !== "boolean") throw wrongType(value, "Boolean");
      return value;
    case "integer":
    case "long":
      if (!Number.isInteger(value)) throw wrongType(value, shape.type === "long" ? "Long" : "Integer");
      return value;
    case "float":
    case "double":
      return readFloat(value);
    case "timestamp":
      return readTimestamp(value);
    case "blob":
      if (typeof value !== "string") throw wrongType(value, "Blob");
      return readBase64(value);
  }
}

function readMap(shape: LinkedShape, value: unknown, depth: number): Bag {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(value, "map");
  const out: Bag = {};
  for (const [key, found] of Object.entries(value))
    setOwn(out, key, found === null ? null : readJson(shape.value!.shape, found, depth + 1));
  return out;
}

/** An assignment to `__proto__` would change the object instead of adding a member. */
export function setOwn(bag: Bag, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(bag, key, { value, enumerable: true, configurable: true, writable: true });
  else bag[key] = value;
}

function readFloat(value: unknown): number {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity") return Number(value);
  throw wrongType(value, "Double");
}

/** Throws MalformedRequest on anything but whole base64: Buffer.from skips what it does not know, so the length betrays it. */
export function readBase64(text: string): Uint8Array {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const bytes = Buffer.from(text, "base64");
  if (text.length % 4 !== 0 || bytes.byteLength !== (text.length / 4) * 3 - padding)
    throw new MalformedRequest("Illegal base64 in a binary value");
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** AWS's service framework words it so: "NUMBER_VALUE can not be converted to a String". */
function wrongType(value: unknown, wanted: string): MalformedRequest {
  if (wanted === "structure" || wanted === "map" || wanted === "list")
    return new MalformedRequest("Unexpected token or value: a ".concat(wanted, " was expected."));
  if (Array.isArray(value)) return new MalformedRequest("Start of list found where not expected.");
  if (typeof value === "object") return new MalformedRequest("Start of structure or map found where not expected.");
  const article = wanted === "Integer" ? "an" : "a";
  const token = typeof value === "boolean" ? `${String(value).toUpperCase()}_VALUE` : `${(typeof value).toUpperCase()}_VALUE`;
  return new MalformedRequest(`${token} can not be converted to ${article} ${wanted}`);
}

/** A value for JSON.stringify; undefined members vanish. */
export function writeJsonMembers(members: readonly Member[], value: unknown): Bag {
  const out: Bag = {};
  for (const member of members) {
    const found = (value as Bag)[member.name];
    if (found !== undefined && found !== null) out[member.wireName] = writeJson(member, found);
  }
  return out;
}

export function writeJson(member: Member, value: unknown): unknown {
  const { shape } = member;
  switch (shape.type) {
    case "structure":
      return writeJsonMembers(shape.members, value);
    case "list":
      return (value as unknown[]).map((element) => (element === null || element === undefined ? null : writeJson(shape.element!, element)));
    case "map": {
      const out: Bag = {};
      for (const [key, found] of Object.entries(value as Bag))
        if (found !== undefined) setOwn(out, key, found === null ? null : writeJson(shape.value!, found));
      return out;
    }
    case "timestamp":
      return writeTimestamp(value as Date, timestampFormat(member, "unixTimestamp"));
    case "blob":
      return bufferOf(value as Uint8Array).toString("base64");
    case "float":
    case "double":
      return Number.isFinite(value) ? value : String(value);
    default:
      return value;
  }
}

/** The JSON value of a body; an empty body is an empty object. Throws MalformedRequest. */
export function parseJson(body: Uint8Array): unknown {
  if (body.byteLength === 0) return {};
  try {
    return JSON.parse(UTF8.decode(body));
  } catch (cause) {
    throw new MalformedRequest("Unexpected or malformed JSON in the request body", { cause });
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
