// UpdateRole and UpdateRoleDescription. https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html

import type { RoleRow } from "../../../access/roles.procs.ts";
import { notImplemented } from "../../../lib/errors.ts";
import type {
  UpdateRoleDescriptionRequest,
  UpdateRoleDescriptionResponse,
  UpdateRoleRequest,
  UpdateRoleResponse,
} from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { noSuchRole } from "../refusals.ts";
import { describedRole } from "./describe-role.ts";
import { type RoleChange, updateRole as updateRoleRow } from "./role.procs.ts";

export async function updateRole(input: UpdateRoleRequest, call: Call, iam: Iam): Promise<UpdateRoleResponse> {
  for (const name of ["MaxSigninSessionDuration", "ResetMaxSigninSessionDuration"] as const) {
    if (input[name] !== undefined) throw notImplemented(`${name} is not supported`);
  }
  const { Description: description, MaxSessionDuration: sessionSecondsMax } = input;
  await changeRole({ account: call.account, name: input.RoleName, description, sessionSecondsMax }, iam);
  return {};
}

export async function updateRoleDescription(
  input: UpdateRoleDescriptionRequest,
  call: Call,
  iam: Iam,
): Promise<UpdateRoleDescriptionResponse> {
  const row = await changeRole({ account: call.account, name: input.RoleName, description: input.Description }, iam);
  return { Role: describedRole(row) };
}

/** Throws ServiceError NoSuchEntity. */
export async function changeRole(change: RoleChange, iam: Iam): Promise<RoleRow> {
  const row = await iam.database.run(updateRoleRow, change);
  if (row === undefined) throw noSuchRole(change.name);
  return row;
}
