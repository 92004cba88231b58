// Statements about the policies that stand inside a role.

import { ROLES_TOPIC, type RoleKey } from "../../../access/roles.procs.ts";
import { type Proc, proc } from "../../../store/database.ts";
import { lockRole } from "../role/role.procs.ts";

/** All inline policies of a role together. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const INLINE_SIZE_MAX = 10_240;

export interface RolePolicyRow {
  readonly policy_name: string;
  readonly document: string;
}

type RolePolicyKey = RoleKey & { readonly policyName: string };

export interface RolePolicyText extends RolePolicyKey {
  readonly document: string;
  /** As AWS's limits count it. */
  readonly size: number;
}

export const putRolePolicy: Proc<RolePolicyText, "put" | "missing" | "too-large"> = proc(
  "iam.role-policy.put",
  async (tx, { policyName, document, size, ...key }) => {
    const role = await lockRole(tx, key);
    if (role === undefined) return "missing";
    const place = [role.account, role.name_key, policyName];
    const [others] = await tx.query<{ size: number }>(
      "SELECT COALESCE(SUM(size), 0) AS size FROM iam_role_policy WHERE account = $1 AND role_key = $2 AND policy_name <> $3",
      place,
    );
    if (Number(others?.size) + size > INLINE_SIZE_MAX) return "too-large";
    await tx.query(
      `INSERT INTO iam_role_policy (account, role_key, policy_name, document, size) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (account, role_key, policy_name) DO UPDATE SET document = excluded.document, size = excluded.size`,
      [...place, document, size],
    );
    tx.wake(ROLES_TOPIC);
    return "put";
  },
);

/** False when the role has no such policy. */
export const deleteRolePolicy: Proc<RolePolicyKey, boolean> = proc("iam.role-policy.delete", async (tx, { account, name, policyName }) => {
  const gone = await tx.query(
    "DELETE FROM iam_role_policy WHERE account = $1 AND role_key = $2 AND policy_name = $3 RETURNING policy_name",
    [account, name.toLowerCase(), policyName],
  );
  tx.wake(ROLES_TOPIC);
  return gone.length === 1;
});

/** In the order of their names. */
export const listRolePolicies: Proc<RoleKey, RolePolicyRow[]> = proc("iam.role-policy.list", (tx, { account, name }) =>
  tx.query<RolePolicyRow>("SELECT policy_name, document FROM iam_role_policy WHERE account = $1 AND role_key = $2 ORDER BY policy_name", [
    account,
    name.toLowerCase(),
  ]),
);
