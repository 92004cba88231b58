// ListRolePolicies: names only. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html

import type { ListRolePoliciesRequest, ListRolePoliciesResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { pageOfAll } from "../paging.ts";
import { roleOf } from "../role/get-role.ts";
import { listRolePolicies as listRolePolicyRows } from "./role-policy.procs.ts";

export async function listRolePolicies(input: ListRolePoliciesRequest, call: Call, iam: Iam): Promise<ListRolePoliciesResponse> {
  const rows = await iam.database.read(listRolePolicyRows, await roleOf(input.RoleName, call, iam));
  const names = rows.map(({ policy_name }) => policy_name);
  const { items, more } = pageOfAll(names, input, (name) => name);
  return { PolicyNames: items, ...more };
}
