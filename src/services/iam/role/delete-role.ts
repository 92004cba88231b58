// DeleteRole: only one without policies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html

import type { DeleteRoleRequest } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { deleteConflict, noSuchRole } from "../refusals.ts";
import { deleteRole as deleteRoleRow } from "./role.procs.ts";

export async function deleteRole(input: DeleteRoleRequest, call: Call, iam: Iam): Promise<void> {
  const outcome = await iam.database.run(deleteRoleRow, { account: call.account, name: input.RoleName });
  if (outcome === "missing") throw noSuchRole(input.RoleName);
  if (outcome === "has-attached-policies") throw deleteConflict("Cannot delete entity, must detach all policies first.");
  if (outcome === "has-inline-policies") throw deleteConflict("Cannot delete entity, must delete policies first.");
}
