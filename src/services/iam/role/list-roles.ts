// ListRoles. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html

import type { ListRolesRequest, ListRolesResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { pageOf, pageSize, pageStart } from "../paging.ts";
import { listedRole } from "./describe-role.ts";
import { listRoles as listRoleRows } from "./role.procs.ts";

export async function listRoles(input: ListRolesRequest, call: Call, iam: Iam): Promise<ListRolesResponse> {
  const wanted = { account: call.account, pathPrefix: input.PathPrefix ?? "/", after: pageStart(input), limit: pageSize(input) + 1 };
  const rows = await iam.database.read(listRoleRows, wanted);
  const { items, more } = pageOf(rows, input, (row) => row.name_key);
  return { Roles: items.map(listedRole), ...more };
}
