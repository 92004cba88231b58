// ListEntitiesForPolicy: there are neither groups nor users to attach a policy to.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html

import type { ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { pageOfAll } from "../paging.ts";
import { mustExist } from "../policy/find-policy.ts";
import { listAttachedRoles } from "./attachment.procs.ts";

export async function listEntitiesForPolicy(
  input: ListEntitiesForPolicyRequest,
  call: Call,
  iam: Iam,
): Promise<ListEntitiesForPolicyResponse> {
  await mustExist(input.PolicyArn, call, iam);
  const wantsRoles = (input.EntityFilter ?? "Role") === "Role" && input.PolicyUsageFilter !== "PermissionsBoundary";
  const roles = wantsRoles ? await iam.database.read(listAttachedRoles, { account: call.account, policyArn: input.PolicyArn }) : [];
  const wanted = roles.filter(({ path }) => path.startsWith(input.PathPrefix ?? "/"));
  const { items, more } = pageOfAll(wanted, input, ({ name }) => name.toLowerCase());
  return {
    PolicyGroups: [],
    PolicyUsers: [],
    PolicyRoles: items.map(({ name, role_id }) => ({ RoleName: name, RoleId: role_id })),
    ...more,
  };
}
