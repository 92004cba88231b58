// Which service, region and key a request names, before anything of it is believed: credential scope, else target, else host, else path.

import { decodePercent } from "./query-string.ts";
import { SERVICE_BY_SIGNING_NAME, SERVICE_BY_TARGET, type ServiceKey } from "./service-names.ts";

/** A request's head. */
export interface RequestHead {
  readonly method: string;
  /** As sent: not decoded, without the query. */
  readonly path: string;
  /** As sent, without the question mark. */
  readonly query: string;
  /** Names in lower case, repeated ones joined. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Name, value, name, value, as they came. */
  readonly rawHeaders: readonly string[];
}

export interface CredentialScope {
  readonly accessKeyId: string;
  readonly date: string;
  readonly region: string;
  readonly signingName: string;
}

export interface Identified {
  /** Undefined if nothing names a service: a form's `Version` may still, else it is S3. */
  readonly service: ServiceKey | undefined;
  /** The name as the caller has it, of a service that we have no model of. */
  readonly unknownService: string | undefined;
  readonly region: string | undefined;
  /** "" if the request names none. */
  readonly accessKeyId: string;
  readonly sessionToken: string | undefined;
}

export function identify(head: RequestHead): Identified {
  const scope = credentialScope(head);
  const host = scope ? undefined : serviceOfHost(head.headers.host ?? "");
  const named = scope?.signingName ?? host?.signingName;
  const service = named === undefined ? serviceOfTarget(head) : serviceOfName(named, head.path);
  return {
    service,
    unknownService: service ? undefined : (named ?? targetOf(head)),
    region: scope?.region ?? host?.region,
    accessKeyId: scope?.accessKeyId ?? accessKeyOfV2(head),
    sessionToken: head.headers["x-amz-security-token"] ?? queryValue(head.query, "X-Amz-Security-Token"),
  };
}

/** S3 Express signs as a service of its own. */
function serviceOfName(name: string, path: string): ServiceKey | undefined {
  const service = SERVICE_BY_SIGNING_NAME.get(name === "s3express" ? "s3" : name);
  return service === "apigateway" && path.startsWith("/v2/") ? "apigatewayv2" : service;
}

function serviceOfTarget(head: RequestHead): ServiceKey | undefined {
  const target = targetOf(head);
  if (target !== undefined) return SERVICE_BY_TARGET.get(target);
  if (head.path.startsWith("/service/")) return SERVICE_BY_TARGET.get(head.path.split("/")[2]!);
  // AWS: only Lambda's paths start with a date, so that `curl` needs no signature to be understood.
  return /^\/20\d\d-\d\d-\d\d\//.test(head.path) ? "lambda" : undefined;
}

/** "DynamoDB_20120810" of "DynamoDB_20120810.ListTables". */
function targetOf(head: RequestHead): string | undefined {
  return head.headers["x-amz-target"]?.split(".", 1)[0];
}

/** The scope of a header or presigned SigV4 signature; undefined if there is none or it is not well-formed. */
export function credentialScope(head: RequestHead): CredentialScope | undefined {
  const { authorization } = head.headers;
  if (authorization?.startsWith("AWS4-")) return parseScope(credentialIn(authorization));
  return parseScope(queryValue(head.query, "X-Amz-Credential"));
}

const CREDENTIAL = "Credential=";
const BEHIND_CREDENTIAL = /[,\s]/;

/** Without exec, whose array every request would pay for. */
function credentialIn(authorization: string): string | undefined {
  const at = authorization.indexOf(CREDENTIAL);
  if (at < 0) return undefined;
  const rest = authorization.slice(at + CREDENTIAL.length);
  const end = rest.search(BEHIND_CREDENTIAL);
  return end < 0 ? rest : rest.slice(0, end);
}

/** One parameter's value, decoded, without taking the whole query apart. */
export function queryValue(query: string, name: string): string | undefined {
  if (query === "") return undefined;
  const from = query.startsWith(`${name}=`) ? 0 : query.indexOf(`&${name}=`) + 1;
  if (from === 0 && !query.startsWith(`${name}=`)) return undefined;
  const end = query.indexOf("&", from);
  return decodePercent(query.slice(from + name.length + 1, end < 0 ? undefined : end));
}

function parseScope(credential: string | undefined): CredentialScope | undefined {
  if (credential === undefined) return undefined;
  const [dateAt, regionAt, nameAt, end] = lastSlashes(credential);
  if (dateAt < 0) return undefined;
  return {
    accessKeyId: credential.slice(0, dateAt),
    date: credential.slice(dateAt + 1, regionAt),
    region: credential.slice(regionAt + 1, nameAt),
    signingName: credential.slice(nameAt + 1, end),
  };
}

/** Where the last four are; an access key may hold others. -1 where there are fewer. */
function lastSlashes(text: string): [number, number, number, number] {
  const before = (at: number) => (at > 0 ? text.lastIndexOf("/", at - 1) : -1);
  const fourth = text.lastIndexOf("/");
  const third = before(fourth);
  const second = before(third);
  return [before(second), second, third, fourth];
}

/** SigV2, which boto3 uses to presign S3 URLs for endpoints that it does not know. */
function accessKeyOfV2(head: RequestHead): string {
  return /^AWS ([^:]+):/.exec(head.headers.authorization ?? "")?.[1] ?? queryValue(head.query, "AWSAccessKeyId") ?? "";
}

const REGION = /^(?:eusc-)?[a-z]{2}(?:-[a-z]+)+-\d$/;

/** `sqs.eu-west-1.amazonaws.com`, `sts.amazonaws.com`, `bucket.s3.us-east-1.…`: the domain after it may be any. */
function serviceOfHost(host: string): { signingName: string; region: string | undefined } | undefined {
  const labels = host.split(":", 1)[0]!.split(".");
  if (labels.length < 2 || /^\d+$/.test(labels.at(-1)!)) return undefined;
  // A bucket may be called "logs", and a bucket's name may hold dots.
  const s3 = labels.indexOf("s3");
  const at = s3 >= 0 ? s3 : labels.findIndex((label) => SERVICE_BY_SIGNING_NAME.has(label) || label === "queue");
  const label = labels[at];
  // SQS's legacy hosts have the region first: eu-west-1.queue.amazonaws.com.
  if (label === "queue" && at === 1 && REGION.test(labels[0]!)) return { signingName: "sqs", region: labels[0] };
  if (label === undefined || (at > 0 && label !== "s3")) return undefined;
  const next = labels[at + 1] ?? "";
  return { signingName: label === "queue" ? "sqs" : label, region: REGION.test(next) ? next : undefined };
}
