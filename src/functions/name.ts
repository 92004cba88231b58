// Function names as callers write them: plain, partial ARN or ARN, with or without a qualifier, and the ARNs we write ourselves.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (FunctionName)

import { ServiceError } from "../lib/errors.ts";
import type { Name } from "./catalogue.ts";

/** What a request's FunctionName and Qualifier mean together. */
export interface NamedFunction extends Name {
  /** An alias, a version number or "$LATEST"; undefined when the caller named none. */
  readonly qualifier: string | undefined;
}

interface Here {
  readonly account: string;
  readonly region: string;
  readonly principalArn: string;
}

const READ_PATTERN = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
/** As nearly all callers write it. */
const PLAIN = /^[a-zA-Z0-9_-]+$/;
const parts =
  /^(?:arn:(?:aws[a-zA-Z-]*)?:lambda:)?(?:(?<region>(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_.]+)(?::(?<qualifier>\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9-_]+))?$/;

/**
 * `action` is the IAM action, for the refusal of another account's function ("lambda:GetFunction").
 * Throws ServiceError: a malformed name, a qualifier given twice and differently, another region, another account.
 */
export function parseFunctionName(here: Here, action: string, text: string, qualifier?: string): NamedFunction {
  const named = readFunctionName(here, text, qualifier);
  if (named.account !== here.account) throw notAllowed(here, action, functionArn(named));
  return named;
}

/** The same for those whom another account may have let in. */
export function readFunctionName(here: Here, text: string, qualifier?: string): NamedFunction {
  if (PLAIN.test(text)) return { account: here.account, region: here.region, name: text, qualifier };
  const found = parts.exec(text)?.groups;
  if (found === undefined) throw malformed(text);
  const { name = "", region = here.region, account = here.account } = found;
  if (region !== here.region) {
    throw new ServiceError(
      "ResourceNotFoundException",
      404,
      `Functions from '${region}' are not reachable in this region ('${here.region}')`,
    );
  }
  return { account, region, name, qualifier: agreed(found.qualifier, qualifier) };
}

/** The unqualified ARN. */
export function functionArn({ account, region, name }: Name): string {
  return `arn:${partitionOf(region)}:lambda:${region}:${account}:function:${name}`;
}

export function qualifiedArn(name: Name, qualifier: string | undefined): string {
  return qualifier === undefined ? functionArn(name) : `${functionArn(name)}:${qualifier}`;
}

export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

export function isVersionNumber(qualifier: string): boolean {
  return /^[0-9]+$/.test(qualifier);
}

function agreed(inName: string | undefined, asParameter: string | undefined): string | undefined {
  if (inName !== undefined && asParameter !== undefined && inName !== asParameter) {
    throw new ServiceError(
      "InvalidParameterValueException",
      400,
      "The derived qualifier from the function name does not match the specified qualifier.",
    );
  }
  return inName ?? asParameter;
}

function malformed(text: string): ServiceError {
  return new ServiceError(
    "ValidationException",
    400,
    `1 validation error detected: Value '${text}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${READ_PATTERN}`,
  );
}

/** AWS: a resource policy can open other operations than invocations to another account too; here it cannot. */
export function notAllowed(here: Here, action: string, arn: string): ServiceError {
  const message = `User: ${here.principalArn} is not authorized to perform: ${action} on resource: ${arn} because no resource-based policy allows the ${action} action`;
  return new ServiceError("AccessDeniedException", 403, message);
}
