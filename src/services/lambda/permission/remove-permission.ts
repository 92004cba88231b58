// RemovePermission: takes a statement out of a resource policy.
// https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html

import { qualifiedArn } from "../../../functions/name.ts";
import type { RemovePermissionRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { notFound, revisionMismatch } from "../refusals.ts";
import { type RemoveOutcome, removeStatement } from "./policy.procs.ts";
import { policyKeyOf } from "./policy-target.ts";

export async function removePermission(input: RemovePermissionRequest, call: Call, lambda: Lambda): Promise<void> {
  const named = nameOf(call, "RemovePermission", input);
  const arn = qualifiedArn(named, named.qualifier);
  const record = lambda.catalogue.find(named);
  if (record === undefined) throw notFound(`No policy found for: ${arn}`);
  const outcome = await lambda.database.run(removeStatement, {
    ...policyKeyOf({ named, record }),
    sid: input.StatementId,
    revisionId: input.RevisionId,
    nextRevision: lambda.random.uuid(),
  });
  if (outcome !== "removed") throw refusalOf(outcome, input.StatementId, arn);
}

function refusalOf(outcome: Exclude<RemoveOutcome, "removed">, sid: string, arn: string): Error {
  switch (outcome) {
    case "gone":
      return notFound(`No policy found for: ${arn}`);
    case "no-policy":
      return notFound("No policy is associated with the given resource.");
    case "no-such-statement":
      return notFound(`Statement ${sid} is not found in resource policy.`);
    case "revision-mismatch":
      return revisionMismatch("GetPolicy");
  }
}
