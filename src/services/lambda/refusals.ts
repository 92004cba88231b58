// Errors that several of Lambda's operations answer, with AWS's texts.

import { ServiceError } from "../../lib/errors.ts";

export function invalidParameter(message: string, cause?: unknown): ServiceError {
  return new ServiceError("InvalidParameterValueException", 400, message, { cause });
}

/** For constraints that the model cannot express; wire/ answers the others in the same words. `member` as "memorySize". */
export function validation(member: string, value: string | number, constraint: string): ServiceError {
  return new ServiceError("ValidationException", 400, constraintText(member, value, constraint));
}

export function constraintText(member: string, value: string | number, constraint: string): string {
  return `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`;
}

export function notFound(message: string): ServiceError {
  return new ServiceError("ResourceNotFoundException", 404, message);
}

export function conflict(message: string): ServiceError {
  return new ServiceError("ResourceConflictException", 409, message);
}

export function updateInProgress(functionArn: string): ServiceError {
  return conflict(`The operation cannot be performed at this time. An update is in progress for resource: ${functionArn}`);
}

/** `call` names what tells the latest revision. */
export function revisionMismatch(call: "GetFunction/GetAlias" | "GetPolicy" | "GetLayerPolicy"): ServiceError {
  const message = `The Revision Id provided does not match the latest Revision Id. Call the ${call} API to retrieve the latest Revision Id`;
  return new ServiceError("PreconditionFailedException", 412, message);
}

export function statementExists(sid: string): ServiceError {
  return conflict(
    `The statement id (${sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
  );
}

// AWS: has this code; its text is not recorded.
export function policyTooLong(): ServiceError {
  return new ServiceError("PolicyLengthExceededException", 400, "The final policy size is bigger than the limit (20480).");
}

/** Something that AWS accepts and lambent does not act on: refused by its name, never ignored. */
export function unsupported(member: string): ServiceError {
  return invalidParameter(`lambent does not support ${member} yet. Leave it out.`);
}

export function functionsOnly(): ServiceError {
  return invalidParameter(
    "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.",
  );
}
