// AddLayerVersionPermission: opens a layer version to another account, to all, or to an organisation.
// https://docs.aws.amazon.com/lambda/latest/api/API_AddLayerVersionPermission.html

import { partitionOf } from "../../../functions/name.ts";
import type { AddLayerVersionPermissionRequest, AddLayerVersionPermissionResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import type { PolicyStatement } from "../permission/policy-edit.ts";
import { addLayerStatement, type LayerVersionName } from "./layer.procs.ts";
import { layerVersionArn } from "./layer-name.ts";
import { policyOwner, policyRefusal } from "./layer-policy.ts";

export async function addLayerVersionPermission(
  input: AddLayerVersionPermissionRequest,
  call: Call,
  lambda: Lambda,
): Promise<AddLayerVersionPermissionResponse> {
  const version = policyOwner(input, call, "AddLayerVersionPermission");
  const statement = statementOf(input, version);
  const change = { statement, revisionId: input.RevisionId, bytesMax: lambda.limits.policyBytesMax };
  const nextRevision = lambda.random.uuid();
  const outcome = await lambda.database.run(addLayerStatement, { version, change, nextRevision });
  if (outcome !== "changed") throw policyRefusal(outcome, version, input.StatementId);
  return { Statement: JSON.stringify(statement), RevisionId: nextRevision };
}

function statementOf(input: AddLayerVersionPermissionRequest, version: LayerVersionName): PolicyStatement {
  const { StatementId, Action, Principal, OrganizationId } = input;
  const isAccount = /^\d{12}$/.test(Principal);
  const arn = isAccount ? `arn:${partitionOf(version.region)}:iam::${Principal}:root` : Principal;
  return {
    Sid: StatementId,
    Effect: "Allow",
    Principal: Principal === "*" ? "*" : { AWS: arn },
    Action,
    Resource: layerVersionArn(version),
    ...(OrganizationId === undefined ? {} : { Condition: { StringEquals: { "aws:PrincipalOrgID": OrganizationId } } }),
  };
}
