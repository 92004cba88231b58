// AddPermission: one more statement in the resource policy of a function, version or alias.
// https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html

import { functionNotFound } from "../../../functions/catalogue.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { AddPermissionRequest, AddPermissionResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { targetOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { policyTooLong, revisionMismatch, statementExists } from "../refusals.ts";
import { type AddOutcome, addStatement } from "./policy.procs.ts";
import { policyKeyOf } from "./policy-target.ts";
import { statementOf } from "./statement.ts";

export async function addPermission(input: AddPermissionRequest, call: Call, lambda: Lambda): Promise<AddPermissionResponse> {
  const target = await targetOf(lambda, call, "AddPermission", { FunctionName: input.FunctionName, Qualifier: input.Qualifier });
  const key = policyKeyOf(target);
  const statement = statementOf(input, qualifiedArn(target.named, target.named.qualifier), call.region);
  const outcome = await lambda.database.run(addStatement, {
    ...key,
    statement,
    revisionId: input.RevisionId,
    nextRevision: lambda.random.uuid(),
    bytesMax: lambda.limits.policyBytesMax,
  });
  if (outcome !== "added") throw refusalOf(outcome, input, () => functionNotFound(target.named));
  return { Statement: JSON.stringify(statement) };
}

function refusalOf(outcome: Exclude<AddOutcome, "added">, input: AddPermissionRequest, gone: () => Error): Error {
  switch (outcome) {
    case "gone":
      return gone();
    case "exists":
      return statementExists(input.StatementId);
    case "revision-mismatch":
      return revisionMismatch("GetPolicy");
    case "too-long":
      return policyTooLong();
  }
}
