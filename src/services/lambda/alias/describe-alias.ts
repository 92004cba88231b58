// An alias as AWS's AliasConfiguration.

import type { AliasRecord, FunctionRecord } from "../../../functions/function-record.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { AliasConfiguration } from "../../../models/lambda.ts";

export function describeAlias(record: FunctionRecord, alias: AliasRecord): AliasConfiguration {
  const { second } = alias;
  return {
    AliasArn: qualifiedArn(record, alias.name),
    Name: alias.name,
    FunctionVersion: alias.version,
    Description: alias.description,
    ...(second === undefined ? {} : { RoutingConfig: { AdditionalVersionWeights: { [second.version]: second.weight } } }),
    RevisionId: alias.revisionId,
  };
}
