// Errors that several operations of SQS answer, with AWS's codes and texts.

import { ServiceError } from "../../lib/errors.ts";
import type { Call } from "../../wire/call.ts";

export function invalidValue(message: string): ServiceError {
  return new ServiceError("InvalidParameterValue", 400, message);
}

/** "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: …" */
export function invalidParameter(parameter: string, value: string | number, reason: string): ServiceError {
  return invalidValue(`Value ${value} for parameter ${parameter} is invalid. Reason: ${reason}`);
}

export function missingParameter(name: string): ServiceError {
  return new ServiceError("MissingParameter", 400, `The request must contain the parameter ${name}.`);
}

/** Recorded: callers of the query protocol read another sentence. */
export function noSuchQueue(call: Call): ServiceError {
  const isQuery = call.headers["x-amz-target"] === undefined;
  return new ServiceError(
    "QueueDoesNotExist",
    400,
    isQuery ? "The specified queue does not exist for this wsdl version." : "The specified queue does not exist.",
  );
}

export function invalidAddress(address: string): ServiceError {
  return new ServiceError("InvalidAddress", 404, `The address ${address.slice(0, 300)} is not valid for this endpoint.`);
}

export function accessDenied(): ServiceError {
  return new ServiceError("AccessDenied", 403, "Access to the resource is denied.");
}

export function invalidHandle(handle: string): ServiceError {
  return new ServiceError(
    "ReceiptHandleIsInvalid",
    404,
    `The input receipt handle "${handle.slice(0, 300)}" is not a valid receipt handle.`,
  );
}

export function notFound(message: string): ServiceError {
  return new ServiceError("ResourceNotFoundException", 404, message);
}
