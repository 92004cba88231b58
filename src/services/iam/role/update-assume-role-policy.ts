// UpdateAssumeRolePolicy: who may take a role from now on.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html

import type { UpdateAssumeRolePolicyRequest } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { checkTrust } from "./create-role.ts";
import { changeRole } from "./update-role.ts";

export async function updateAssumeRolePolicy(input: UpdateAssumeRolePolicyRequest, call: Call, iam: Iam): Promise<void> {
  checkTrust(input.PolicyDocument);
  await changeRole({ account: call.account, name: input.RoleName, trustPolicy: input.PolicyDocument }, iam);
}
