// Errors that several operations of CloudWatch answer. All of them have status 400.

import { ServiceError } from "../../lib/errors.ts";

export function invalidValue(message: string): ServiceError {
  return new ServiceError("InvalidParameterValue", 400, message);
}

export function missing(message: string): ServiceError {
  return new ServiceError("MissingParameter", 400, message);
}

export function invalidCombination(message: string): ServiceError {
  return new ServiceError("InvalidParameterCombination", 400, message);
}

/** Something that AWS accepts and lambent does not act on: refused by its name, never ignored. */
export function unsupported(member: string): ServiceError {
  return invalidValue(`lambent does not support ${member} yet.`);
}
