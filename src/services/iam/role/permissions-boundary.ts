// PutRolePermissionsBoundary and DeleteRolePermissionsBoundary: kept and shown, and evaluated where policies are (access/role-permissions.ts).
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html

import type { DeleteRolePermissionsBoundaryRequest, PutRolePermissionsBoundaryRequest } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { mustExist } from "../policy/find-policy.ts";
import { noSuchRole } from "../refusals.ts";
import { setRoleBoundary } from "./role.procs.ts";

export async function putRolePermissionsBoundary(input: PutRolePermissionsBoundaryRequest, call: Call, iam: Iam): Promise<void> {
  await mustExist(input.PermissionsBoundary, call, iam);
  await setBoundary(input.RoleName, input.PermissionsBoundary, call, iam);
}

export async function deleteRolePermissionsBoundary(input: DeleteRolePermissionsBoundaryRequest, call: Call, iam: Iam): Promise<void> {
  await setBoundary(input.RoleName, null, call, iam);
}

async function setBoundary(name: string, boundaryArn: string | null, call: Call, iam: Iam): Promise<void> {
  if (!(await iam.database.run(setRoleBoundary, { account: call.account, name, boundaryArn }))) throw noSuchRole(name);
}
