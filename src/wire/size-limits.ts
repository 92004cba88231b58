// How large a request body may be, per operation, and AWS's words for a larger one. Checked before the body is read.

import { ServiceError } from "../lib/errors.ts";
import type { RequestHead } from "./identify.ts";
import type { OperationPlan } from "./service-model.ts";

const MIB = 1024 * 1024;

/** Lambda quotas: 50 MB of zip in base64, with the rest of the request (recorded from CreateFunction). */
const CODE_BYTES_MAX = 70_167_211;
/** Lambda quotas: synchronous 6 MiB, asynchronous 1 MiB. */
const SYNC_PAYLOAD_BYTES_MAX = 6 * MIB;
const ASYNC_PAYLOAD_BYTES_MAX = MIB;
/** For all other operations; AWS's services take 1 MiB of content, which JSON escapes and base64 make longer. */
const OTHER_BYTES_MAX = 8 * MIB;
/** S3: one PUT or part. */
const OBJECT_BYTES_MAX = 5 * 1024 * MIB;

/** Forms, whose operation is only known when they are read. The query services take 1 MiB at most (SQS), which percent signs make longer. */
export const FORM_BYTES_MAX = 4 * MIB;

export interface SizeLimit {
  readonly bytesMax: number;
  refuse(bytes: number): ServiceError;
}

export function sizeLimit(operation: OperationPlan, head: RequestHead): SizeLimit {
  if (operation.service.name === "s3" && operation.takesStream) return { bytesMax: OBJECT_BYTES_MAX, refuse: () => entityTooLarge() };
  if (operation.service.name !== "lambda") return generalLimit(operation, OTHER_BYTES_MAX);
  if (operation.name === "CreateFunction" || operation.name === "UpdateFunctionCode" || operation.name === "PublishLayerVersion")
    return generalLimit(operation, CODE_BYTES_MAX);
  if (!operation.takesRawPayload) return generalLimit(operation, SYNC_PAYLOAD_BYTES_MAX);
  const isAsync = operation.name === "InvokeAsync" || head.headers["x-amz-invocation-type"] === "Event";
  return payloadLimit(isAsync ? "Event" : "RequestResponse", isAsync ? ASYNC_PAYLOAD_BYTES_MAX : SYNC_PAYLOAD_BYTES_MAX);
}

/** Recorded: "Request must be smaller than 70167211 bytes for the CreateFunction operation". */
function generalLimit(operation: OperationPlan, bytesMax: number): SizeLimit {
  const message = `Request must be smaller than ${bytesMax} bytes for the ${operation.name} operation`;
  return { bytesMax, refuse: () => new ServiceError("RequestEntityTooLargeException", 413, message) };
}

/** Recorded: "6991583 byte payload is too large for the RequestResponse invocation type (limit 6291456 bytes)". */
function payloadLimit(type: string, bytesMax: number): SizeLimit {
  const refuse = (bytes: number) =>
    new ServiceError(
      "RequestEntityTooLargeException",
      413,
      `${bytes} byte payload is too large for the ${type} invocation type (limit ${bytesMax} bytes)`,
    );
  return { bytesMax, refuse };
}

const entityTooLarge = () =>
  new ServiceError("EntityTooLarge", 400, "Your proposed upload exceeds the maximum allowed size", {
    fields: { MaxSizeAllowed: OBJECT_BYTES_MAX },
  });
