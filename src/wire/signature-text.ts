// The texts that signatures are computed over, as SigV4 defines them, made from the request as it came.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { RequestHead } from "./identify.ts";

export const sha256Hex = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");
export const hmacSha256 = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** In a time that does not tell where they differ. */
export function areEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** RFC 3986: everything but letters, digits and -._~ */
export const encodeRfc3986 = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** A sequence that is no UTF-8 stays as it came: the signature then does not match, which is the right answer. */
function decodeLenient(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface SignedParts {
  /** In the order of SignedHeaders. */
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
  readonly isS3: boolean;
}

export function canonicalRequest(head: RequestHead, { signedHeaders, payloadHash, isS3 }: SignedParts): string {
  const headers = signedHeaders.map((name) => `${name}:${headerValue(head, name)}\n`).join("");
  const path = isS3 ? canonicalS3Path(head.path) : canonicalPath(head.path);
  return `${head.method}\n${path}\n${canonicalQuery(head.query)}\n${headers}\n${signedHeaders.join(";")}\n${payloadHash}`;
}

/** Keys are never normalised, and encoded once. */
function canonicalS3Path(path: string): string {
  return path
    .split("/")
    .map((segment) => encodeRfc3986(decodeLenient(segment)))
    .join("/");
}

/** All other services: dot segments resolved, and what came encoded is encoded again. */
function canonicalPath(path: string): string {
  const out: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") out.pop();
    else if (segment !== "" && segment !== ".") out.push(encodeRfc3986(segment));
  }
  const end = out.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${out.join("/")}${end}`;
}

/** From the query as it came: taking it apart and putting it together again would lose plus signs and empty names. */
export function canonicalQuery(query: string): string {
  const pairs = query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair): [string, string] => {
      const equals = pair.indexOf("=");
      const [name, value] = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [encodeRfc3986(decodeLenient(name)), encodeRfc3986(decodeLenient(value))];
    });
  return pairs
    .filter(([name]) => name !== "X-Amz-Signature")
    .sort(comparePairs)
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

/** By code point: the names and values are ASCII by now. */
function comparePairs([nameA, valueA]: [string, string], [nameB, valueB]: [string, string]): number {
  if (nameA !== nameB) return nameA < nameB ? -1 : 1;
  return valueA < valueB ? -1 : valueA > valueB ? 1 : 0;
}

/** A header that came several times is one list, without spaces; Node's joined form would have put some in. */
function headerValue(head: RequestHead, name: string): string {
  const values: string[] = [];
  for (let index = 0; index < head.rawHeaders.length; index += 2) {
    if (head.rawHeaders[index]!.toLowerCase() === name) values.push(head.rawHeaders[index + 1]!.trim().replaceAll(/\s+/g, " "));
  }
  return values.join(",");
}
