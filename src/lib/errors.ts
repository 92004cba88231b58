// The three kinds of failure, told apart by who must act. Anything else that is thrown is a bug: logged, answered with 500.

interface Details {
  readonly cause?: unknown;
  readonly fields?: Readonly<Record<string, string | number>>;
}

/** The caller must act. `code` and `status` are AWS's own; wire/ renders it once, in the caller's protocol. `fields` are further body members. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  readonly fields: Readonly<Record<string, string | number>>;

  constructor(code: string, status: number, message: string, details: Details = {}) {
    super(message, { cause: details.cause });
    this.name = "ServiceError";
    this.code = code;
    this.status = status;
    this.fields = details.fields ?? {};
  }
}

/**
 * What AWS does and lambent does not yet. AWS has no such error: one code for all services, but for those that have a code of their own
 * for it (S3: NotImplemented). `message` names what was asked for.
 */
export function notImplemented(
  message: string,
  code: "NotImplementedException" | "NotImplemented" = "NotImplementedException",
): ServiceError {
  return new ServiceError(code, 501, message);
}

/** The operator must act. `code` names a page under docs/errors that says what to do. */
export class PlatformError extends Error {
  readonly code: string;

  constructor(code: string, message: string, details: { readonly cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.name = "PlatformError";
    this.code = code;
  }
}

/** The function must act: answered as HTTP 200 with X-Amz-Function-Error. `type` is AWS's errorType, e.g. "Runtime.ExitError". */
export class FunctionError extends Error {
  readonly type: string;

  constructor(type: string, message: string, details: { readonly cause?: unknown } = {}) {
    super(message, { cause: details.cause });
    this.name = "FunctionError";
    this.type = type;
  }
}
