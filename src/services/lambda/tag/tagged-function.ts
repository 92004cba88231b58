// From a taggable resource's ARN to the function. Other kinds of resource do not exist here yet, which is what the caller is told.

import { functionNotFound } from "../../../functions/catalogue.ts";
import type { FunctionRecord } from "../../../functions/function-record.ts";
import { parseFunctionName } from "../../../functions/name.ts";
import type { Caller } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter, notFound } from "../refusals.ts";

const OTHER_KINDS: Readonly<Record<string, string>> = {
  "capacity-provider": "Capacity provider not found",
  "code-signing-config": "Code signing config not found",
  "network-connector": "Network connector not found",
};

export async function taggedFunction(lambda: Lambda, caller: Caller, action: string, arn: string): Promise<FunctionRecord> {
  const kind = arn.split(":")[5] ?? "";
  const absent = OTHER_KINDS[kind];
  if (absent !== undefined) throw notFound(`${absent}: ${arn}`);
  const named = parseFunctionName(caller, action, arn);
  if (named.qualifier !== undefined) {
    throw invalidParameter("Tags on function aliases and versions are not supported. Please specify a function ARN.");
  }
  const found = lambda.catalogue.find(named);
  if (found === undefined) throw functionNotFound(named);
  await lambda.settling.wait(found);
  return found;
}
