// The event of a request to a function URL: payload format 2.0. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads

import { isUtf8 } from "node:buffer";
import type { Caller } from "../../wire/call.ts";
import { MalformedRequest } from "../../wire/malformed.ts";
import { bufferOf } from "../../wire/message.ts";
import { parseQuery } from "../../wire/query-string.ts";

export interface UrlRequest {
  readonly method: string;
  /** As the function shall see it, percent-encoded. */
  readonly path: string;
  readonly query: string;
  /** Name, value, name, value, as they came. */
  readonly rawHeaders: readonly string[];
  readonly httpVersion: string;
  readonly remoteAddress: string;
  readonly localPort: number;
  readonly urlId: string;
  /** The function's. */
  readonly account: string;
  /** Absent with AuthType NONE. */
  readonly caller?: Caller;
  readonly requestId: string;
  readonly traceHeader: string;
  readonly nowMs: number;
}

/** JSON. AWS's wire has TLS, which its event tells of; here there is none to tell of. */
export function eventOf(request: UrlRequest, body: Uint8Array): Uint8Array {
  const headers = headersOf(request);
  const { cookie, ...shown } = headers;
  const event = {
    version: "2.0",
    routeKey: "$default",
    rawPath: request.path,
    rawQueryString: request.query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */).filter((one) => one !== "") }),
    headers: shown,
    ...queryOf(request.query),
    requestContext: contextOf(request, headers),
    ...bodyOf(body, headers["content-type"]),
    pathParameters: null,
    stageVariables: null,
  };
  return Buffer.from(JSON.stringify(event));
}

/** Lower-case names, repeated ones joined; what a proxy on the way adds is AWS's to add. */
function headersOf(request: UrlRequest): Readonly<Record<string, string>> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at]!.toLowerCase();
    const value = request.rawHeaders[at + 1]!;
    const joint = name === "cookie" ? "; " : ",";
    headers[name] = headers[name] === undefined ? value : `${headers[name]}${joint}${value}`;
  }
  for (const name of HOP_BY_HOP) delete headers[name];
  return {
    ...headers,
    "x-amzn-trace-id": request.traceHeader.replace(/;Parent=.*$/, ""),
    "x-forwarded-for": request.remoteAddress,
    "x-forwarded-port": String(request.localPort),
    "x-forwarded-proto": "http",
  };
}

const HOP_BY_HOP = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "expect"];

function contextOf(request: UrlRequest, headers: Readonly<Record<string, string>>): object {
  const { host = "", "user-agent": userAgent } = headers;
  const domainName = host.replace(/:\d*$/, "");
  return {
    accountId: request.caller === undefined ? "anonymous" : request.account,
    apiId: request.urlId,
    authentication: null,
    ...(request.caller === undefined ? {} : { authorizer: { iam: describeCaller(request.caller) } }),
    domainName,
    domainPrefix: domainName.split(".")[0],
    http: {
      method: request.method,
      path: request.path,
      protocol: `HTTP/${request.httpVersion}`,
      sourceIp: request.remoteAddress,
      ...(userAgent === undefined ? {} : { userAgent }),
    },
    requestId: request.requestId,
    routeKey: "$default",
    stage: "$default",
    time: clfTime(request.nowMs),
    timeEpoch: request.nowMs,
  };
}

// AWS: callerId and userId are IAM's unique ids; here the access key stands for them.
function describeCaller({ accessKeyId, account, principalArn }: Caller): object {
  return {
    accessKey: accessKeyId,
    accountId: account,
    callerId: accessKeyId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: principalArn,
    userId: accessKeyId,
  };
}

function queryOf(query: string): object {
  if (query === "") return {};
  const values: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of pairsOf(query)) values[name] = values[name] === undefined ? value : `${values[name]},${value}`;
  return { queryStringParameters: values };
}

/** AWS: what it makes of bad percent-encoding is not known; here such a query is handed on undecoded. */
function pairsOf(query: string): readonly (readonly [string, string])[] {
  try {
    return parseQuery(query);
  } catch (error) {
    if (!(error instanceof MalformedRequest)) throw error;
    return query.split("&").map((pair) => [pair.split("=", 1)[0]!, pair.includes("=") ? pair.slice(pair.indexOf("=") + 1) : ""]);
  }
}

function bodyOf(body: Uint8Array, contentType: string | undefined): object {
  if (body.byteLength === 0) return { isBase64Encoded: false };
  const isText = isTextType(contentType ?? "") && isUtf8(body);
  return { body: bufferOf(body).toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}

/** Forms are no text to AWS, of either kind. */
function isTextType(contentType: string): boolean {
  const type = contentType.split(";", 1)[0]!.trim().toLowerCase();
  return /^text\/|^application\/(json|javascript|xml|graphql)$|\+(json|xml)$/.test(type);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** 12/Mar/2020:19:03:58 +0000 */
function clfTime(ms: number): string {
  const [date = "", time = ""] = new Date(ms).toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`;
}
