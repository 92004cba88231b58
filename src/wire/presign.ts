// Presigned URLs of our own, such as a function's code download: anyone who has one may GET it until it expires.

import type { RequestHead } from "./identify.ts";
import { canonicalQuery, canonicalRequest, encodeRfc3986, hmacSha256, sha256Hex } from "./signature-text.ts";
import { formatAmzDate, SigningKeys } from "./sigv4.ts";

export interface PresignedUrl {
  /** "127.0.0.1:4566": part of what is signed. */
  readonly host: string;
  /** Percent-encoded, from the first slash. */
  readonly path: string;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly sessionToken?: string;
  readonly region: string;
  readonly signingName: string;
  /** At most a week. */
  readonly expiresS: number;
  readonly nowMs: number;
}

/** Path and query to put behind the endpoint: "/_lambent/code/…?X-Amz-Algorithm=…". */
export function presign(wanted: PresignedUrl): string {
  const { host, path, accessKeyId, secret, sessionToken, region, signingName, expiresS, nowMs } = wanted;
  const amzDate = formatAmzDate(nowMs);
  const scope = { date: amzDate.slice(0, 8), region, signingName };
  const scopeText = `${scope.date}/${region}/${signingName}/aws4_request`;
  const parameters = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `${accessKeyId}/${scopeText}`,
    "X-Amz-Date": amzDate,
    "X-Amz-Expires": String(expiresS),
    "X-Amz-SignedHeaders": "host",
    ...(sessionToken === undefined ? {} : { "X-Amz-Security-Token": sessionToken }),
  };
  const query = canonicalQuery(
    Object.entries(parameters)
      .map(([name, value]) => `${name}=${encodeRfc3986(value)}`)
      .join("&"),
  );
  const head: RequestHead = { method: "GET", path, query, headers: { host }, rawHeaders: ["host", host] };
  const canonical = canonicalRequest(head, { signedHeaders: ["host"], payloadHash: "UNSIGNED-PAYLOAD", isS3: true });
  const key = new SigningKeys().get(secret, scope);
  const signature = hmacSha256(key, `AWS4-HMAC-SHA256\n${amzDate}\n${scopeText}\n${sha256Hex(canonical)}`).toString("hex");
  return `${path}?${query}&X-Amz-Signature=${signature}`;
}
