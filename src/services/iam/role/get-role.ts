// GetRole. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html

import { findRole, type RoleRow } from "../../../access/roles.procs.ts";
import type { GetRoleRequest, GetRoleResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { noSuchRole } from "../refusals.ts";
import { describedRole } from "./describe-role.ts";

export async function getRole(input: GetRoleRequest, call: Call, iam: Iam): Promise<GetRoleResponse> {
  return { Role: describedRole(await roleOf(input.RoleName, call, iam)) };
}

/** The caller's role of that name. Throws ServiceError NoSuchEntity. */
export async function roleOf(name: string, call: Call, iam: Iam): Promise<RoleRow> {
  const row = await iam.database.read(findRole, { account: call.account, name });
  if (row === undefined) throw noSuchRole(name);
  return row;
}
