// CreateAlias: a name for a version, or for two of them by weight.
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html

import { aliasRecord } from "../../../functions/function-record.ts";
import type { AliasConfiguration, CreateAliasRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { insertAlias } from "./alias.procs.ts";
import { aliasRefusal } from "./alias-errors.ts";
import { describeAlias } from "./describe-alias.ts";
import { checkPair, numberOf, secondOf } from "./routing.ts";

export async function createAlias(input: CreateAliasRequest, call: Call, lambda: Lambda): Promise<AliasConfiguration> {
  const record = await wholeFunction(lambda, call, "CreateAlias", input, input.FunctionVersion);
  const second = secondOf(input.RoutingConfig, lambda.limits) ?? null;
  checkPair(input.FunctionVersion, second);
  const alias = {
    function_id: record.id,
    name: input.Name,
    number: numberOf(input.FunctionVersion),
    second_number: second === null ? null : numberOf(second.version),
    second_weight: second?.weight ?? null,
    description: input.Description ?? "",
    revision: lambda.random.uuid(),
  };
  const written = await lambda.database.run(insertAlias, alias);
  if (written.outcome !== "written") throw aliasRefusal(record, input.Name, written);
  lambda.catalogue.apply(written.change);
  return describeAlias(record, aliasRecord(alias));
}
