// Reads a plain request: whole, small, HTTP/1.1, with nothing in its head that could be understood in two ways. Nearly every call of an API is one.
//
// It refuses nothing. What is not plain is node:http's to read and to answer: chunks, continuations, upgrades, repeated or odd fields, bare line
// ends, anything beyond ASCII. So no request can be taken for another here than there: tests/gateway/plain compares the two.

import type { RequestHead } from "../../wire/identify.ts";
import { EMPTY_BODY } from "../../wire/message.ts";
import { originForm } from "../request-target.ts";

export interface PlainRequest {
  readonly head: RequestHead;
  /** A view of what was read. */
  readonly body: Uint8Array;
  /** What was read behind the request. */
  readonly rest: Buffer;
}

const HEAD_BYTES_MAX = 16 * 1024;
const BODY_BYTES_MAX = 64 * 1024;
const FIELDS_MAX = 64;
const NAMES_MAX = 512;

const START = /^(?:GET|POST|PUT|DELETE) \//;
const REQUEST_LINE = /^[A-Z]+ [!-~]+ HTTP\/1\.1\r\n/;
/** Neither white space beyond a tab nor a line end that is but half of one. */
const UNPLAIN = /[^\t\r\n\x20-\x7e]|\r(?!\n)|[^\r]\n/;
const NAME = /^[A-Za-z][A-Za-z0-9-]*$/;
const LENGTH = /^\d{1,5}$/;
/** They change how a connection is read. `connection` itself is plain where it says what holds anyway. */
const UNPLAIN_NAMES: ReadonlySet<string> = new Set([
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
const nothing = Buffer.alloc(0);

export class PlainReader {
  /** As sent → in lower case; undefined for those that are not plain. Clients repeat themselves. */
  readonly #names = new Map<string, string | undefined>();

  /** undefined: not plain. "more": it may be, once the rest has come. */
  read(bytes: Buffer): PlainRequest | "more" | undefined {
    const end = bytes.indexOf("\r\n\r\n", 0, "latin1");
    if (end > HEAD_BYTES_MAX || !START.test(bytes.toString("latin1", 0, 8))) return undefined;
    if (end < 0) return bytes.length > HEAD_BYTES_MAX ? undefined : "more";
    const head = this.#head(bytes.toString("latin1", 0, end + 2));
    if (head === undefined) return undefined;
    const length = bodyLength(head.headers["content-length"]);
    if (length === undefined || length > BODY_BYTES_MAX) return undefined;
    const bodyStart = end + 4;
    const bodyEnd = bodyStart + length;
    if (bytes.length < bodyEnd) return "more";
    return {
      head,
      body: length === 0 ? EMPTY_BODY : bytes.subarray(bodyStart, bodyEnd),
      rest: bytes.length === bodyEnd ? nothing : bytes.subarray(bodyEnd),
    };
  }

  /** `text` ends with the last field's line end. */
  #head(text: string): RequestHead | undefined {
    if (!REQUEST_LINE.test(text) || UNPLAIN.test(text)) return undefined;
    const lineEnd = text.indexOf("\r\n");
    const headers: Record<string, string> = Object.create(null) as Record<string, string>;
    const rawHeaders: string[] = [];
    for (let at = lineEnd + 2; at < text.length; ) {
      const end = text.indexOf("\r\n", at);
      const colon = text.indexOf(":", at);
      if (colon < 0 || colon > end) return undefined;
      const name = text.slice(at, colon);
      const key = this.#keyOf(name);
      if (key === undefined || headers[key] !== undefined) return undefined;
      const value = valueIn(text, colon + 1, end);
      headers[key] = value;
      rawHeaders.push(name, value);
      at = end + 2;
    }
    if (!isPlain(headers) || rawHeaders.length > 2 * FIELDS_MAX) return undefined;
    const methodEnd = text.indexOf(" ");
    const { path, query } = originForm(text.slice(methodEnd + 1, text.lastIndexOf(" ", lineEnd)));
    return { method: text.slice(0, methodEnd), path, query, headers, rawHeaders };
  }

  #keyOf(name: string): string | undefined {
    if (this.#names.has(name)) return this.#names.get(name);
    const key = NAME.test(name) ? name.toLowerCase() : undefined;
    const known = key !== undefined && UNPLAIN_NAMES.has(key) ? undefined : key;
    if (this.#names.size < NAMES_MAX) this.#names.set(name, known);
    return known;
  }
}

/** Without the white space around it, which is spaces and tabs, and cut once. */
function valueIn(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isBlank = (code: number) => code === 0x20 || code === 0x09;

function isPlain({ host, connection }: Readonly<Record<string, string>>): boolean {
  return host !== undefined && (connection === undefined || connection.toLowerCase() === "keep-alive");
}

function bodyLength(text: string | undefined): number | undefined {
  if (text === undefined) return 0;
  return LENGTH.test(text) ? Number(text) : undefined;
}
