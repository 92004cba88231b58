// Reads the head of one HTTP/1.1 request: strictly, since what a function sends is hostile until shown otherwise. The body is request-parser's.

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** Names in lower case; repeated ones joined by ", ". */
  readonly headers: Headers;
  /** The number of body bytes, or "chunked". */
  readonly body: number | "chunked";
  readonly keepAlive: boolean;
  readonly expectContinue: boolean;
}

export type Headers = Readonly<Record<string, string | undefined>>;

/** A request that is not HTTP/1.1 as we speak it: answered with `status`, then the connection is closed. */
export class MalformedRequest extends Error {
  readonly status: 400 | 417 | 431 | 501 | 505;

  constructor(status: MalformedRequest["status"], message: string) {
    super(message);
    this.name = "MalformedRequest";
    this.status = status;
  }
}

/** With two spaces: where they are tells the parts, and exec would make an array of them for each request. */
const REQUEST_LINE = /^[A-Z]{1,16} [!-~]{1,8192} HTTP\/1\.[01]$/;
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/;
const FIELDS_MAX = 256;

/** Reads the heads of one connection. A runtime's two requests have the same fields again and again: those are read once. */
export class HeadReader {
  readonly #recent: Fields[] = [];
  readonly #names = new FieldNames();
  /** The last request without a body: of a runtime, /next, which is the same each time. */
  #bodiless: { readonly text: string; readonly head: RequestHead } | undefined;

  /** `text` is the head without its closing empty line, decoded as latin1. Throws MalformedRequest. */
  read(text: string): RequestHead {
    if (this.#bodiless?.text === text) return this.#bodiless.head;
    const head = this.#read(text);
    if (head.body === 0 && text.length <= REMEMBERED_LENGTH_MAX) this.#bodiless = { text, head };
    return head;
  }

  #read(text: string): RequestHead {
    const lineEnd = text.indexOf("\r\n");
    const line = lineEnd < 0 ? text : text.slice(0, lineEnd);
    if (!REQUEST_LINE.test(line)) throw requestLineProblem(text);
    const methodEnd = line.indexOf(" ");
    const pathEnd = line.lastIndexOf(" ");
    const { headers, body, expectContinue } = this.#fields(lineEnd < 0 ? "" : text.slice(lineEnd + 2));
    const keepAlive = keepsAlive(headers.connection, line.endsWith("1"));
    return { method: line.slice(0, methodEnd), path: line.slice(methodEnd + 1, pathEnd), headers, body, keepAlive, expectContinue };
  }

  #fields(text: string): Fields {
    const known = this.#recent.findIndex((fields) => fields.text === text);
    if (known >= 0) return this.#toFront(known);
    const headers = text === "" ? noHeaders : readFields(text, this.#names);
    const fields = { text, headers, body: bodyLength(headers), expectContinue: expectsContinue(headers.expect) };
    if (text.length > REMEMBERED_LENGTH_MAX) return fields;
    if (this.#recent.length < REMEMBERED_MAX) this.#recent.push(fields);
    else this.#recent[REMEMBERED_MAX - 1] = fields;
    return this.#toFront(this.#recent.length - 1);
  }

  /** Last used first: a runtime that echoes the id of each invocation would push out the fields of others else. */
  #toFront(at: number): Fields {
    const recent = this.#recent;
    const fields = recent[at]!;
    for (let i = at; i > 0; i--) recent[i] = recent[i - 1]!;
    recent[0] = fields;
    return fields;
  }
}

interface Fields extends Pick<RequestHead, "headers" | "body" | "expectContinue"> {
  readonly text: string;
}

const REMEMBERED_MAX = 4;
const REMEMBERED_LENGTH_MAX = 1024;

export const noHeaders: Headers = Object.freeze(Object.create(null) as Headers);

const NAMES_MAX = 64;
const NAME_LENGTH_MAX = 64;

/** The names that a client uses, in lower case. */
export class FieldNames {
  readonly #known = new Map<string, string>();

  /** Throws MalformedRequest. */
  keyOf(name: string): string {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (!FIELD_NAME.test(name)) throw new MalformedRequest(400, "a header field has no valid name");
    const key = name.toLowerCase();
    if (this.#known.size < NAMES_MAX && name.length <= NAME_LENGTH_MAX) this.#known.set(copyOf(name), copyOf(key));
    return key;
  }
}

/** A part of a string keeps the whole of it in memory. */
function copyOf(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

/** Header fields or trailers, one a line. Throws MalformedRequest. */
export function readFields(text: string, names: FieldNames): Headers {
  const headers: Record<string, string> = Object.create(null);
  let fields = 0;
  for (let at = 0; at < text.length; ) {
    let end = text.indexOf("\r\n", at);
    if (end < 0) end = text.length;
    if (++fields > FIELDS_MAX) throw new MalformedRequest(431, "too many header fields");
    readField(text.slice(at, end), headers, names);
    at = end + 2;
  }
  return headers;
}

function readField(line: string, into: Record<string, string>, names: FieldNames): void {
  const colon = line.indexOf(":");
  const key = names.keyOf(line.slice(0, Math.max(colon, 0)));
  const value = line.slice(colon + 1).trim();
  if (CONTROL.test(value)) throw new MalformedRequest(400, "a header field holds a control character");
  const before = into[key];
  into[key] = before === undefined ? value : `${before}, ${value}`;
}

/** Two ways of saying where a body ends are the classic smuggling trick: both at once are refused. */
function bodyLength(headers: Headers): number | "chunked" {
  const length = headers["content-length"];
  const coding = headers["transfer-encoding"];
  if (coding !== undefined) {
    if (length !== undefined) throw new MalformedRequest(400, "both content-length and transfer-encoding");
    if (coding.toLowerCase() !== "chunked") throw new MalformedRequest(501, "unknown transfer-encoding");
    return "chunked";
  }
  if (length === undefined) return 0;
  if (!/^\d{1,15}$/.test(length)) throw new MalformedRequest(400, "content-length is not a number");
  return Number(length);
}

function keepsAlive(connection: string | undefined, byDefault: boolean): boolean {
  if (connection === undefined) return byDefault;
  const tokens = connection.toLowerCase();
  return byDefault ? !tokens.includes("close") : tokens.includes("keep-alive");
}

function expectsContinue(expect: string | undefined): boolean {
  if (expect === undefined) return false;
  if (expect.toLowerCase() !== "100-continue") throw new MalformedRequest(417, "unknown expectation");
  return true;
}

function requestLineProblem(text: string): MalformedRequest {
  const isOtherVersion = /^[A-Z]+ \S+ HTTP\/(?!1\.[01])\d/.test(text);
  return isOtherVersion ? new MalformedRequest(505, "not HTTP/1.1") : new MalformedRequest(400, "not an HTTP request line");
}
