// AWS's words for what IAM refuses, in one place because several operations share them.

import { ServiceError } from "../../lib/errors.ts";

export function noSuchRole(name: string): ServiceError {
  return noSuchEntity(`The role with name ${name} cannot be found.`);
}

export function noSuchRolePolicy(name: string): ServiceError {
  return noSuchEntity(`The role policy with name ${name} cannot be found.`);
}

export function noSuchPolicy(arn: string): ServiceError {
  return noSuchEntity(`Policy ${arn} was not found.`);
}

export function noSuchPolicyVersion(arn: string, version: string): ServiceError {
  return noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`);
}

export function notAttachable(arn: string): ServiceError {
  return noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
}

export function noSuchEntity(message: string): ServiceError {
  return new ServiceError("NoSuchEntity", 404, message);
}

export function alreadyExists(message: string): ServiceError {
  return new ServiceError("EntityAlreadyExists", 409, message);
}

export function deleteConflict(message: string): ServiceError {
  return new ServiceError("DeleteConflict", 409, message);
}

export function limitExceeded(message: string): ServiceError {
  return new ServiceError("LimitExceeded", 409, message);
}

export function invalidInput(message: string): ServiceError {
  return new ServiceError("InvalidInput", 400, message);
}

export function validationError(message: string): ServiceError {
  return new ServiceError("ValidationError", 400, message);
}
