// RemoveLayerVersionPermission: takes a statement out of a layer version's policy.
// https://docs.aws.amazon.com/lambda/latest/api/API_RemoveLayerVersionPermission.html

import type { RemoveLayerVersionPermissionRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { removeLayerStatement } from "./layer.procs.ts";
import { policyOwner, policyRefusal } from "./layer-policy.ts";

export async function removeLayerVersionPermission(input: RemoveLayerVersionPermissionRequest, call: Call, lambda: Lambda): Promise<void> {
  const version = policyOwner(input, call, "RemoveLayerVersionPermission");
  const change = { sid: input.StatementId, revisionId: input.RevisionId };
  const outcome = await lambda.database.run(removeLayerStatement, { version, change, nextRevision: lambda.random.uuid() });
  if (outcome !== "changed") throw policyRefusal(outcome, version, input.StatementId);
}
