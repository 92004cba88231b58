// What can go wrong with a bucket, who has to act, and whether a second try may help.

import { XMLParser } from "fast-xml-parser";
import { PlatformError } from "../../lib/errors.ts";
import { nameOf, type S3Place } from "../../lib/s3-place.ts";
import type { Answer } from "./exchange.ts";

const EXPIRED = new Set(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"]);
const TRANSIENT = new Set([
  "RequestTimeout",
  "SlowDown",
  "InternalError",
  "ServiceUnavailable",
  "Throttling",
  "TooManyRequests",
  ...EXPIRED,
]);

/** The service has refused, or has not answered: then `status` is 0. */
export class S3Failure extends Error {
  readonly status: number;
  /** S3's own code, or what stands for it. */
  readonly code: string;

  constructor({ status, code }: { readonly status: number; readonly code: string }, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "S3Failure";
    this.status = status;
    this.code = code;
  }

  get isTransient(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500 || TRANSIENT.has(this.code);
  }

  /** Others may be had. */
  get isOfExpiredKeys(): boolean {
    return EXPIRED.has(this.code);
  }
}

interface ErrorBody {
  readonly Code?: string;
  readonly Message?: string;
}

/** STS wraps once more what S3 says plainly. */
export function refusalOf({ status, headers, text }: Answer): S3Failure {
  const { ErrorResponse, Error: body = ErrorResponse?.Error } = parseXml(text) as {
    Error?: ErrorBody;
    ErrorResponse?: { Error?: ErrorBody };
  };
  const region = headers["x-amz-bucket-region"];
  const code = body?.Code ?? (status === 301 ? "PermanentRedirect" : `HTTP ${status}`);
  const hint = status === 301 && region !== undefined ? ` The bucket is in ${String(region)}: add region=${String(region)}.` : "";
  return new S3Failure({ status, code }, `${body?.Message ?? ""}${hint}`.trim());
}

export function silenceOf(cause: unknown): S3Failure {
  const { message, code } = cause as NodeJS.ErrnoException;
  return new S3Failure({ status: 0, code: code ?? "no answer" }, message || String(code), cause);
}

/** What the operator is told. Everything that is no failure of the bucket stays what it is. */
export function asPlatformError(error: unknown, place: S3Place): unknown {
  if (!(error instanceof S3Failure)) return error;
  const { isTransient, code, message } = error;
  const words = [code, message].filter((word) => word !== "").join(": ");
  if (isTransient)
    return new PlatformError("blobs-unreachable", `${nameOf(place)} does not answer as it should: ${words}`, { cause: error });
  return new PlatformError("blobs-refused", `${nameOf(place)} cannot be used: ${words}`, { cause: error });
}

/** An empty object for what is no XML: proxies answer in HTML and plain text. */
export function parseXml(text: string): Readonly<Record<string, unknown>> {
  const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === "Contents" });
  try {
    const parsed: unknown = parser.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
