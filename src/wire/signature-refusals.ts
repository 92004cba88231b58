// What each family of services answers to a signature that it does not accept. Codes differ, causes do not.

import { ServiceError } from "../lib/errors.ts";
import type { Metadata } from "./model.ts";

interface Times {
  readonly amzDate: string;
  readonly signedMs: number;
  readonly nowMs: number;
}

export interface SignatureRefusals {
  /** No signature at all. */
  missing(): ServiceError;
  /** One that cannot be read. */
  incomplete(message: string): ServiceError;
  malformedQuery(message: string): ServiceError;
  unknownKey(): ServiceError;
  mismatch(message?: string): ServiceError;
  skewed(times: Times): ServiceError;
  expired(): ServiceError;
  /** The announced hash of the body is not the body's. */
  bodyMismatch(): ServiceError;
}

const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const INVALID_TOKEN = "The security token included in the request is invalid.";

export function signatureRefusals(protocol: Metadata["protocol"]): SignatureRefusals {
  if (protocol === "rest-xml") return s3Refusals;
  return protocol === "query" ? queryRefusals : jsonRefusals;
}

const forbidden = (code: string, message: string) => new ServiceError(code, 403, message);

const jsonRefusals: SignatureRefusals = familyRefusals({
  missing: "MissingAuthenticationTokenException",
  incomplete: "IncompleteSignatureException",
  unknownKey: "UnrecognizedClientException",
  mismatch: "InvalidSignatureException",
});

const queryRefusals: SignatureRefusals = familyRefusals({
  missing: "MissingAuthenticationToken",
  incomplete: "IncompleteSignature",
  unknownKey: "InvalidClientTokenId",
  mismatch: "SignatureDoesNotMatch",
});

function familyRefusals(codes: Readonly<Record<"missing" | "incomplete" | "unknownKey" | "mismatch", string>>): SignatureRefusals {
  const mismatch = (message = MISMATCH) => forbidden(codes.mismatch, message);
  return {
    missing: () => forbidden(codes.missing, "Missing Authentication Token"),
    incomplete: (message) => forbidden(codes.incomplete, message),
    malformedQuery: (message) => forbidden(codes.incomplete, message),
    unknownKey: () => forbidden(codes.unknownKey, INVALID_TOKEN),
    mismatch,
    skewed: ({ amzDate, signedMs, nowMs }) => {
      const isLate = signedMs < nowMs;
      const nowText = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
      return mismatch(
        `Signature ${isLate ? "expired" : "not yet current"}: ${amzDate} is ${isLate ? "now earlier" : "still later"} than ${nowText}Z ${isLate ? "-" : "+"} 15 min.`,
      );
    },
    expired: () => mismatch("Signature expired"),
    bodyMismatch: () => mismatch("The provided 'x-amz-content-sha256' header does not match what was computed."),
  };
}

const s3Refusals: SignatureRefusals = {
  missing: () => forbidden("AccessDenied", "Access Denied"),
  incomplete: (message) => new ServiceError("AuthorizationHeaderMalformed", 400, message),
  malformedQuery: (message) => new ServiceError("AuthorizationQueryParametersError", 400, message),
  unknownKey: () => forbidden("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
  mismatch: (
    message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  ) => forbidden("SignatureDoesNotMatch", message),
  skewed: () => forbidden("RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
  expired: () => forbidden("AccessDenied", "Request has expired"),
  bodyMismatch: () =>
    new ServiceError("XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed."),
};
