// DeleteRolePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html

import type { DeleteRolePolicyRequest } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { noSuchRolePolicy } from "../refusals.ts";
import { roleOf } from "../role/get-role.ts";
import { deleteRolePolicy as deleteRolePolicyRow } from "./role-policy.procs.ts";

export async function deleteRolePolicy(input: DeleteRolePolicyRequest, call: Call, iam: Iam): Promise<void> {
  const role = await roleOf(input.RoleName, call, iam);
  const { account, name } = role;
  if (!(await iam.database.run(deleteRolePolicyRow, { account, name, policyName: input.PolicyName })))
    throw noSuchRolePolicy(input.PolicyName);
}
