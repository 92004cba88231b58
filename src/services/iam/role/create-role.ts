// CreateRole: a role and who may take it.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html

import { uniqueId } from "../../../access/key-text.ts";
import { checkTrustPolicy, policySize } from "../../../access/policy-document.ts";
import type { RoleRow } from "../../../access/roles.procs.ts";
import { notImplemented } from "../../../lib/errors.ts";
import type { CreateRoleRequest, CreateRoleResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { mustExist } from "../policy/find-policy.ts";
import { alreadyExists, limitExceeded } from "../refusals.ts";
import { formatTags } from "../tags.ts";
import { describedRole } from "./describe-role.ts";
import { insertRole } from "./role.procs.ts";

const SESSION_SECONDS = 3_600;
/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: role trust policy length. */
const TRUST_POLICY_SIZE_MAX = 2_048;

export async function createRole(input: CreateRoleRequest, call: Call, iam: Iam): Promise<CreateRoleResponse> {
  if (input.MaxSigninSessionDuration !== undefined) throw notImplemented("MaxSigninSessionDuration is not supported");
  checkTrust(input.AssumeRolePolicyDocument);
  if (input.PermissionsBoundary !== undefined) await mustExist(input.PermissionsBoundary, call, iam);
  const row: RoleRow = {
    account: call.account,
    name_key: input.RoleName.toLowerCase(),
    name: input.RoleName,
    path: input.Path ?? "/",
    role_id: uniqueId("AROA", Buffer.from(iam.random.hex(17), "hex")),
    trust_policy: input.AssumeRolePolicyDocument,
    description: input.Description ?? null,
    session_seconds_max: input.MaxSessionDuration ?? SESSION_SECONDS,
    boundary_arn: input.PermissionsBoundary ?? null,
    created_at: iam.clock.nowMs(),
    tags: formatTags(input.Tags),
  };
  if ((await iam.database.run(insertRole, row)) === "exists") throw alreadyExists(`Role with name ${row.name} already exists.`);
  const { RoleLastUsed, ...role } = describedRole(row);
  return { Role: role };
}

/** Throws ServiceError MalformedPolicyDocument or LimitExceeded. */
export function checkTrust(document: string): void {
  checkTrustPolicy(document);
  if (policySize(document) > TRUST_POLICY_SIZE_MAX) throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${TRUST_POLICY_SIZE_MAX}`);
}
