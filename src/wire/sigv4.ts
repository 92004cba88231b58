// Signature version 4, checked on the request as it came: header and presigned form. Ours, since the signers that exist for Node start from
// a request that they have taken apart themselves.
//
//   canonical request → its SHA-256 in the string to sign → HMAC with a key derived from secret, date, region, service

import { ServiceError } from "../lib/errors.ts";
import { type CredentialScope, credentialScope, queryValue, type RequestHead } from "./identify.ts";
import type { SignatureRefusals } from "./signature-refusals.ts";
import { areEqual, canonicalRequest, hmacSha256, sha256Hex } from "./signature-text.ts";

export interface Signature {
  readonly scope: CredentialScope;
  /** 20260102T030405Z */
  readonly amzDate: string;
  /** In lower case, sorted, as sent. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
  /** Of a presigned URL. */
  readonly expiresS: number | undefined;
}

/** What the head of an accepted request proves, and its body's signatures build upon. */
export interface VerifiedSignature {
  readonly key: Buffer;
  readonly scope: string;
  readonly amzDate: string;
  readonly seed: string;
}

const CLOCK_SKEW_MS_MAX = 15 * 60_000;
const PRESIGN_S_MAX = 7 * 86_400;

/** Undefined if the request carries none. Throws ServiceError if it carries one that cannot be read. */
export function parseSignature(head: RequestHead, refusals: SignatureRefusals): Signature | undefined {
  const { authorization } = head.headers;
  if (authorization?.startsWith("AWS4-HMAC-SHA256 ")) return parseHeader(head, authorization, refusals);
  const algorithm = queryValue(head.query, "X-Amz-Algorithm");
  if (authorization?.startsWith("AWS4-") || (algorithm ?? "AWS4-HMAC-SHA256") !== "AWS4-HMAC-SHA256")
    throw refusals.incomplete("Only AWS4-HMAC-SHA256 is supported.");
  return algorithm === undefined ? undefined : parsePresigned(head, refusals);
}

function parseHeader(head: RequestHead, authorization: string, refusals: SignatureRefusals): Signature {
  const scope = credentialScope(head);
  const signature = /Signature=([0-9a-f]{64})(?:,|\s|$)/.exec(authorization)?.[1];
  const signedHeaders = /SignedHeaders=([^,\s]+)/.exec(authorization)?.[1];
  const amzDate = head.headers["x-amz-date"];
  if (!scope || !signature || !signedHeaders || !amzDate) {
    throw refusals.incomplete(
      "Authorization header requires 'Credential', 'Signature' and 'SignedHeaders' parameters, and the request an 'X-Amz-Date' header.",
    );
  }
  return { scope, signature, signedHeaders: signedHeaders.split(";"), amzDate, expiresS: undefined };
}

function parsePresigned({ query, ...head }: RequestHead, refusals: SignatureRefusals): Signature {
  const scope = credentialScope({ ...head, query });
  const [signature, signedHeaders, amzDate, expires] = ["Signature", "SignedHeaders", "Date", "Expires"].map((name) =>
    queryValue(query, `X-Amz-${name}`),
  );
  const expiresS = Number(expires);
  if (!scope || !signature || !signedHeaders || !amzDate || !/^\d{1,7}$/.test(expires ?? "")) {
    throw refusals.malformedQuery(
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  }
  if (expiresS > PRESIGN_S_MAX)
    throw refusals.malformedQuery(
      "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
    );
  return { scope, signature, signedHeaders: signedHeaders.split(";"), amzDate, expiresS };
}

export interface Verification {
  readonly head: RequestHead;
  readonly signature: Signature;
  readonly secret: string;
  /** SHA-256 of the body in hexadecimal, or what stands for it. */
  readonly payloadHash: string;
  readonly nowMs: number;
  readonly refusals: SignatureRefusals;
}

export class SigV4Verifier {
  readonly #keys = new SigningKeys();

  /** Throws ServiceError 403 if the request is too old or too new, expired, or not signed by this secret. */
  verify({ head, signature, secret, payloadHash, nowMs, refusals }: Verification): VerifiedSignature {
    const { scope, amzDate, signedHeaders } = signature;
    checkTime(signature, nowMs, refusals);
    const isS3 = isS3Name(scope.signingName);
    if (!signedHeaders.includes("host"))
      throw refusals.mismatch("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
    if (isS3) requireSignedAmzHeaders(head, signedHeaders);
    const scopeText = `${scope.date}/${scope.region}/${scope.signingName}/aws4_request`;
    const canonical = canonicalRequest(head, { signedHeaders, payloadHash, isS3 });
    const key = this.#keys.get(secret, scope);
    const wanted = hmacSha256(key, `AWS4-HMAC-SHA256\n${amzDate}\n${scopeText}\n${sha256Hex(canonical)}`).toString("hex");
    if (!areEqual(wanted, signature.signature)) throw refusals.mismatch();
    return { key, scope: scopeText, amzDate, seed: wanted };
  }
}

export const isS3Name = (signingName: string) => signingName === "s3" || signingName === "s3express";

/** Deriving takes four HMACs; one key serves a day. */
export class SigningKeys {
  static readonly #KEPT_MAX = 1_000;
  readonly #kept = new Map<string, Buffer>();

  get(secret: string, { date, region, signingName }: Omit<CredentialScope, "accessKeyId">): Buffer {
    const id = `${secret}/${date}/${region}/${signingName}`;
    const known = this.#kept.get(id);
    if (known) return known;
    const key = [region, signingName, "aws4_request"].reduce(hmacSha256, hmacSha256(`AWS4${secret}`, date));
    if (this.#kept.size >= SigningKeys.#KEPT_MAX) this.#kept.clear();
    this.#kept.set(id, key);
    return key;
  }
}

function checkTime({ amzDate, scope, expiresS }: Signature, nowMs: number, refusals: SignatureRefusals): void {
  const signedMs = parseAmzDate(amzDate);
  if (signedMs === undefined || amzDate.slice(0, 8) !== scope.date) {
    throw refusals.mismatch(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${amzDate.slice(0, 8)}'.`,
    );
  }
  if (expiresS === undefined) {
    if (Math.abs(nowMs - signedMs) > CLOCK_SKEW_MS_MAX) throw refusals.skewed({ amzDate, signedMs, nowMs });
    return;
  }
  if (signedMs > nowMs + CLOCK_SKEW_MS_MAX || nowMs > signedMs + expiresS * 1_000) throw refusals.expired();
}

export function parseAmzDate(text: string): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** S3: a header that changes what is stored may not be added by someone who only has the URL. */
function requireSignedAmzHeaders(head: RequestHead, signedHeaders: readonly string[]): void {
  for (const name in head.headers) {
    if (!name.startsWith("x-amz-") || name === "x-amz-content-sha256" || signedHeaders.includes(name)) continue;
    throw new ServiceError("AccessDenied", 403, "There were headers present in the request which were not signed", {
      fields: { HeadersNotSigned: name },
    });
  }
}
