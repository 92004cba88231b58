// ListInstanceProfilesForRole: there are no instances here, so a role is in none. Tools ask before they delete a role.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html

import type { ListInstanceProfilesForRoleRequest, ListInstanceProfilesForRoleResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { roleOf } from "./get-role.ts";

export async function listInstanceProfilesForRole(
  input: ListInstanceProfilesForRoleRequest,
  call: Call,
  iam: Iam,
): Promise<ListInstanceProfilesForRoleResponse> {
  await roleOf(input.RoleName, call, iam);
  return { InstanceProfiles: [], IsTruncated: false };
}
