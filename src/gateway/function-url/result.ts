// What a function answered, read as the HTTP response that it stands for. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload

import { bufferOf } from "../../wire/message.ts";

export interface UrlResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** One set-cookie header each. */
  readonly cookies: readonly string[];
  readonly body: Uint8Array | string;
}

const JSON_TYPE = { "content-type": "application/json" };

/** undefined: it stands for none, which is a 502. */
export function responseOf(payload: Uint8Array): UrlResponse | undefined {
  const value = parsed(payload);
  if (value === undefined) return undefined;
  if (isObject(value) && value.statusCode !== undefined) return shaped(value);
  // Not the bytes that the runtime sent: AWS writes the value anew, and a text without its quotes.
  const body = typeof value === "string" ? value : JSON.stringify(value);
  return { status: 200, headers: JSON_TYPE, cookies: [], body };
}

function shaped(value: Readonly<Record<string, unknown>>): UrlResponse | undefined {
  const head = headIn(value, JSON_TYPE["content-type"]);
  const body = bodyOf(value.body ?? "", value.isBase64Encoded === true);
  return head === undefined || body === undefined ? undefined : { ...head, body };
}

/** Of the JSON that goes ahead of a streamed body. undefined: it is none. */
export function headOf(prelude: Uint8Array, defaultType: string): Omit<UrlResponse, "body"> | undefined {
  const value = parsed(prelude);
  return isObject(value) ? headIn({ statusCode: 200, ...value }, defaultType) : undefined;
}

function headIn(value: Readonly<Record<string, unknown>>, defaultType: string): Omit<UrlResponse, "body"> | undefined {
  const status = statusOf(value.statusCode);
  const headers = headersOf(value.headers ?? {});
  const cookies = cookiesOf(value.cookies ?? []);
  if (status === undefined || headers === undefined || cookies === undefined) return undefined;
  return { status, headers: { "content-type": defaultType, ...headers }, cookies };
}

/** A number, or a text of one. AWS: takes 100 on; what it does with 1xx, which is no last answer, is not known. */
function statusOf(value: unknown): number | undefined {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

/** Of the connection between client and us, so never the function's to set; the length is that of the body. */
const NOT_THEIRS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-amzn-requestid",
  "x-amzn-trace-id",
]);

function headersOf(value: unknown): Readonly<Record<string, string>> | undefined {
  if (!isObject(value)) return undefined;
  const headers: Record<string, string> = {};
  for (const [name, one] of Object.entries(value)) {
    const text = typeof one === "number" || typeof one === "boolean" ? String(one) : one;
    if (text === null) continue;
    if (typeof text !== "string" || !isHeaderName(name) || !isHeaderValue(text)) return undefined;
    if (!NOT_THEIRS.has(name.toLowerCase())) headers[name.toLowerCase()] = text;
  }
  return headers;
}

function cookiesOf(value: unknown): readonly string[] | undefined {
  const isList = Array.isArray(value) && value.every((one): one is string => typeof one === "string" && isHeaderValue(one));
  return isList ? value : undefined;
}

function bodyOf(value: unknown, isBase64: boolean): Uint8Array | string | undefined {
  if (typeof value !== "string") return undefined;
  return isBase64 ? Buffer.from(value, "base64") : value;
}

const isHeaderName = (name: string) => /^[\w!#$%&'*+\-.^`|~]+$/.test(name);
const isHeaderValue = (value: string) => !/[^\t\x20-\x7e\x80-\xff]/.test(value);

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parsed(payload: Uint8Array): unknown {
  try {
    return JSON.parse(bufferOf(payload).toString("utf8"));
  } catch {
    return undefined;
  }
}
