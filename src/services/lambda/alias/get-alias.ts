// GetAlias: one alias.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetAlias.html

import { qualifiedArn } from "../../../functions/name.ts";
import type { AliasConfiguration, GetAliasRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { functionsOnly } from "../refusals.ts";
import { cannotFindAlias } from "./alias-errors.ts";
import { describeAlias } from "./describe-alias.ts";

export async function getAlias(input: GetAliasRequest, call: Call, lambda: Lambda): Promise<AliasConfiguration> {
  const named = nameOf(call, "GetAlias", input);
  if (named.qualifier !== undefined) throw functionsOnly();
  const record = lambda.catalogue.find(named);
  const alias = record?.aliases.get(input.Name);
  if (record === undefined || alias === undefined) throw cannotFindAlias(qualifiedArn(named, input.Name));
  return describeAlias(record, alias);
}
