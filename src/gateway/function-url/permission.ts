// Whether a resource policy lets somebody call a function through its URL. Pure.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html

import { grants } from "../../access/resource-statement.ts";
import type { ResourceStatement } from "../../functions/function-urls.ts";
import type { Caller } from "../../wire/call.ts";

/** Both are needed, since October 2025. */
const ACTIONS = ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"];

/** `caller` undefined: anybody (AuthType NONE). */
export function mayCallUrl(
  statements: readonly ResourceStatement[],
  { authType, caller }: { readonly authType: string; readonly caller: Caller | undefined },
): boolean {
  const facts: Facts = {
    "lambda:functionurlauthtype": authType,
    "lambda:invokedviafunctionurl": "true",
    ...(caller && { "aws:principalaccount": caller.account, "aws:principalarn": caller.principalArn }),
  };
  return ACTIONS.every((action) => statements.some((one) => grants(one, action, caller) && areMet(one, facts)));
}

/** Condition keys in lower case. */
type Facts = Readonly<Record<string, string>>;

/** A condition on something that a call through a URL does not have (a source ARN, an organisation) is not met. */
function areMet({ Condition = {} }: ResourceStatement, facts: Facts): boolean {
  return Object.values(Condition).every((wanted) => Object.entries(wanted).every(([key, value]) => facts[key.toLowerCase()] === value));
}
