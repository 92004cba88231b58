// A policy statement made from AddPermission's parameters.
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html

import { partitionOf } from "../../../functions/name.ts";
import type { AddPermissionRequest } from "../../../models/lambda.ts";
import { invalidParameter } from "../refusals.ts";
import type { PolicyStatement } from "./policy-edit.ts";

/** `resource` is the function's ARN with the qualifier, if there is one. Throws for a principal that is none, and for a condition that the action has not. */
export function statementOf(input: AddPermissionRequest, resource: string, region: string): PolicyStatement {
  if (input.FunctionUrlAuthType !== undefined && input.Action !== "lambda:InvokeFunctionUrl")
    throw invalidParameter("FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action");
  const condition = conditionOf(input);
  return {
    Sid: input.StatementId,
    Effect: "Allow",
    Principal: principalOf(input.Principal, region),
    Action: input.Action,
    Resource: resource,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  };
}

function principalOf(principal: string, region: string): PolicyStatement["Principal"] {
  if (principal === "*") return "*";
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:${partitionOf(region)}:iam::${principal}:root` };
  if (/^arn:aws[a-zA-Z-]*:(iam|sts)::\d{12}:.+/.test(principal)) return { AWS: principal };
  if (/^[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazon\.com)$/.test(principal)) return { Service: principal };
  throw invalidParameter("The provided principal was invalid. Please check the principal and try again.");
}

function conditionOf(input: AddPermissionRequest): Readonly<Record<string, Record<string, string>>> {
  const equals = present({
    "AWS:SourceAccount": input.SourceAccount,
    "aws:PrincipalOrgID": input.PrincipalOrgID,
    "lambda:FunctionUrlAuthType": input.FunctionUrlAuthType,
    "lambda:EventSourceToken": input.EventSourceToken,
  });
  return {
    ...(equals && { StringEquals: equals }),
    ...(input.SourceArn !== undefined && { ArnLike: { "AWS:SourceArn": input.SourceArn } }),
    ...(input.InvokedViaFunctionUrl === true && { Bool: { "lambda:InvokedViaFunctionUrl": "true" } }),
  };
}

function present(values: Readonly<Record<string, string | undefined>>): Record<string, string> | undefined {
  const set = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return set.length === 0 ? undefined : Object.fromEntries(set);
}
