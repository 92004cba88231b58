// UpdateAlias: another version, routing or description; what the request leaves out stays.
// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html

import { aliasRecord } from "../../../functions/function-record.ts";
import type { AliasConfiguration, UpdateAliasRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { revisionMismatch } from "../refusals.ts";
import { updateAliasRow } from "./alias.procs.ts";
import { aliasRefusal, aliasToUpdateNotFound } from "./alias-errors.ts";
import { describeAlias } from "./describe-alias.ts";
import { checkPair, numberOf, secondOf } from "./routing.ts";

export async function updateAlias(input: UpdateAliasRequest, call: Call, lambda: Lambda): Promise<AliasConfiguration> {
  const record = await wholeFunction(lambda, call, "UpdateAlias", input);
  const before = record.aliases.get(input.Name);
  if (before === undefined) throw aliasToUpdateNotFound(record, input.Name);
  if (input.RevisionId !== undefined && input.RevisionId !== before.revisionId) throw revisionMismatch("GetFunction/GetAlias");
  const asked = secondOf(input.RoutingConfig, lambda.limits);
  const second = asked === undefined ? (before.second ?? null) : asked;
  const version = input.FunctionVersion ?? before.version;
  checkPair(version, second);
  const alias = {
    function_id: record.id,
    name: before.name,
    number: numberOf(version),
    second_number: second === null ? null : numberOf(second.version),
    second_weight: second?.weight ?? null,
    description: input.Description ?? before.description,
    revision: lambda.random.uuid(),
  };
  const written = await lambda.database.run(updateAliasRow, { alias, basedOn: before.revisionId });
  if (written.outcome !== "written") throw aliasRefusal(record, input.Name, written);
  lambda.catalogue.apply(written.change);
  return describeAlias(record, aliasRecord(alias));
}
