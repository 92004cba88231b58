// Why an alias could not be written, in AWS's words.

import { functionNotFound } from "../../../functions/catalogue.ts";
import { type FunctionRecord, versionName } from "../../../functions/function-record.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import { provisionedRefusal } from "../concurrency/provisioned-errors.ts";
import { conflict, notFound, updateInProgress } from "../refusals.ts";
import type { AliasOutcome } from "./alias.procs.ts";

export function aliasRefusal(record: FunctionRecord, name: string, refused: Exclude<AliasOutcome, { outcome: "written" }>): Error {
  switch (refused.outcome) {
    case "exists":
      return conflict(`Alias already exists: ${qualifiedArn(record, name)}`);
    case "no-such-version":
      return functionNotFound(record, versionName(refused.number));
    case "changed-meanwhile":
      return updateInProgress(record.arn);
    case "unpublished":
    case "version-is-provisioned":
      return provisionedRefusal(refused.outcome);
    case "gone":
      return functionNotFound(record);
  }
}

/** UpdateAlias' text; GetAlias has another. */
export function aliasToUpdateNotFound(record: FunctionRecord, name: string): Error {
  return notFound(`Alias not found: ${qualifiedArn(record, name)}`);
}

export function cannotFindAlias(arn: string): Error {
  return notFound(`Cannot find alias arn: ${arn}`);
}
