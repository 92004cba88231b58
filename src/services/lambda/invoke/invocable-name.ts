// Whose function a caller may invoke: those of its own account, and those whose resource policy lets its account, or itself, in.
// https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
// AWS: the caller's account must allow it too, by policies that are not evaluated here.

import { grants } from "../../../access/resource-statement.ts";
import { LATEST } from "../../../functions/function-record.ts";
import { type NamedFunction, notAllowed, qualifiedArn, readFunctionName } from "../../../functions/name.ts";
import type { Caller } from "../../../wire/call.ts";
import type { NamingInput } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { readPolicy } from "../permission/policy.procs.ts";

const ACTION = "lambda:InvokeFunction"; // each way to invoke asks for the same permission

/** Without a promise for the caller's own functions: this is the way that every invocation takes. Throws, or rejects with, ServiceError. */
export function invocableName(input: NamingInput, caller: Caller, lambda: Lambda): NamedFunction | Promise<NamedFunction> {
  const named = readFunctionName(caller, input.FunctionName, input.Qualifier);
  return named.account === caller.account ? named : openedName(named, caller, lambda);
}

/** A function that is not there is refused like one that is closed. */
async function openedName(named: NamedFunction, caller: Caller, lambda: Lambda): Promise<NamedFunction> {
  const record = lambda.catalogue.find(named);
  const qualifier = named.qualifier === undefined || named.qualifier === LATEST ? "" : named.qualifier;
  const policy = record && (await lambda.database.read(readPolicy, { functionId: record.id, qualifier }));
  // No condition that AddPermission can set (a source, an organisation, a URL) is met by a caller who invokes directly.
  if (policy?.statements.some((one) => one.Condition === undefined && grants(one, ACTION, caller))) return named;
  throw notAllowed(caller, ACTION, qualifiedArn(named, named.qualifier));
}
