// Errors that several operations of CloudWatch Logs answer, with AWS's texts. All of them have status 400.

import { ServiceError } from "../../lib/errors.ts";

export function invalidParameter(message: string, cause?: unknown): ServiceError {
  return new ServiceError("InvalidParameterException", 400, message, { cause });
}

export function noSuchGroup(): ServiceError {
  return new ServiceError("ResourceNotFoundException", 400, "The specified log group does not exist.");
}

export function noSuchStream(): ServiceError {
  return new ServiceError("ResourceNotFoundException", 400, "The specified log stream does not exist.");
}

export function alreadyExists(what: "log group" | "log stream"): ServiceError {
  return new ServiceError("ResourceAlreadyExistsException", 400, `The specified ${what} already exists`);
}

export function invalidToken(): ServiceError {
  return invalidParameter("The specified nextToken is invalid.");
}

/** Something that AWS accepts and lambent does not act on: refused by its name, never ignored. */
export function unsupported(member: string): ServiceError {
  return invalidParameter(`lambent does not support ${member} yet. Leave it out.`);
}
