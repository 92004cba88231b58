// Signature version 2 in S3 URLs: boto3 still presigns so for an endpoint that it does not know.
//
//   ?AWSAccessKeyId=…&Signature=<base64>&Expires=<seconds since 1970>

import { createHmac } from "node:crypto";
import { ServiceError } from "../lib/errors.ts";
import { queryValue, type RequestHead } from "./identify.ts";
import { decodePercent, parseQuery } from "./query-string.ts";
import { areEqual } from "./signature-text.ts";

/** Query parameters that are part of the signed resource (S3 developer guide, "Signing and authenticating REST requests"). */
const SUB_RESOURCES = new Set([
  ...["accelerate", "acl", "analytics", "cors", "delete", "encryption", "inventory", "lifecycle", "location", "logging", "metrics"],
  ...["notification", "object-lock", "legal-hold", "retention", "partNumber", "policy", "replication", "requestPayment", "restore"],
  ...["select", "select-type", "tagging", "torrent", "uploadId", "uploads", "versionId", "versioning", "versions", "website"],
  ...["response-cache-control", "response-content-disposition", "response-content-encoding", "response-content-language"],
  ...["response-content-type", "response-expires", "publicAccessBlock"],
]);

export const isSigV2 = (head: RequestHead) =>
  queryValue(head.query, "AWSAccessKeyId") !== undefined && queryValue(head.query, "Signature") !== undefined;

/** `bucket` of a virtual-hosted request. Throws ServiceError 403 if the URL has expired or was not signed by this secret. */
export function verifySigV2(
  head: RequestHead,
  { secret, bucket, nowMs }: { secret: string; bucket: string | undefined; nowMs: number },
): void {
  const expires = queryValue(head.query, "Expires") ?? "";
  if (!/^\d{1,12}$/.test(expires))
    throw new ServiceError(
      "AccessDenied",
      403,
      "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters",
    );
  if (nowMs > Number(expires) * 1_000) throw new ServiceError("AccessDenied", 403, "Request has expired");
  const wanted = createHmac("sha1", secret)
    .update(stringToSign(head, expires, bucket))
    .digest("base64");
  if (areEqual(wanted, queryValue(head.query, "Signature")!)) return;
  throw new ServiceError(
    "SignatureDoesNotMatch",
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  );
}

function stringToSign(head: RequestHead, expires: string, bucket: string | undefined): string {
  const { headers, method, path, query } = head;
  const resource = `${bucket ? `/${bucket}` : ""}${path}${subResources(query)}`;
  return `${method}\n${headers["content-md5"] ?? ""}\n${headers["content-type"] ?? ""}\n${expires}\n${amzHeaders(head)}${resource}`;
}

/** A session token travels in the query and is signed as a header. */
function amzHeaders({ headers, query }: RequestHead): string {
  const found = Object.entries(headers).filter(([name]) => name.startsWith("x-amz-"));
  const token = queryValue(query, "x-amz-security-token");
  if (token !== undefined) found.push(["x-amz-security-token", token]);
  return found
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${(value ?? "").trim()}\n`)
    .join("");
}

function subResources(query: string): string {
  const found = query.split("&").filter((pair) => SUB_RESOURCES.has(decodePercent(pair.split("=", 1)[0]!)));
  const texts = found.map((pair) => (pair.includes("=") ? parseQuery(pair)[0]!.join("=") : pair)).sort();
  return texts.length > 0 ? `?${texts.join("&")}` : "";
}
