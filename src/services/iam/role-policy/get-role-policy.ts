// GetRolePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html

import { encodePolicy } from "../../../access/policy-document.ts";
import type { GetRolePolicyRequest, GetRolePolicyResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { noSuchRolePolicy } from "../refusals.ts";
import { roleOf } from "../role/get-role.ts";
import { listRolePolicies } from "./role-policy.procs.ts";

export async function getRolePolicy(input: GetRolePolicyRequest, call: Call, iam: Iam): Promise<GetRolePolicyResponse> {
  const role = await roleOf(input.RoleName, call, iam);
  const policies = await iam.database.read(listRolePolicies, role);
  const policy = policies.find(({ policy_name }) => policy_name === input.PolicyName);
  if (policy === undefined) throw noSuchRolePolicy(input.PolicyName);
  return { RoleName: role.name, PolicyName: policy.policy_name, PolicyDocument: encodePolicy(policy.document) };
}
