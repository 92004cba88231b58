// Statements about roles. A change that looks first locks the role's row by writing it, in both dialects alike.

import { ROLES_TOPIC, type RoleKey, type RoleRow } from "../../../access/roles.procs.ts";
import type { Tag } from "../../../models/iam.ts";
import { type Proc, proc, type Tx } from "../../../store/database.ts";
import { changeTags } from "../tags.ts";

/** The role's row, which nobody else changes until the transaction ends. */
export async function lockRole(tx: Tx, { account, name }: RoleKey): Promise<RoleRow | undefined> {
  const [row] = await tx.query<RoleRow>("UPDATE iam_role SET name = name WHERE account = $1 AND name_key = $2 RETURNING *", [
    account,
    name.toLowerCase(),
  ]);
  return row;
}

export const insertRole: Proc<RoleRow, "created" | "exists"> = proc("iam.role.insert", async (tx, role) => {
  const inserted = await tx.query(
    `INSERT INTO iam_role (account, name_key, name, path, role_id, trust_policy, description, session_seconds_max, boundary_arn, created_at, tags)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (account, name_key) DO NOTHING RETURNING name`,
    [
      role.account,
      role.name_key,
      role.name,
      role.path,
      role.role_id,
      role.trust_policy,
      role.description,
      role.session_seconds_max,
      role.boundary_arn,
      role.created_at,
      role.tags,
    ],
  );
  tx.wake(ROLES_TOPIC);
  return inserted.length === 1 ? "created" : "exists";
});

export type DeleteRoleOutcome = "deleted" | "missing" | "has-attached-policies" | "has-inline-policies";

export const deleteRole: Proc<RoleKey, DeleteRoleOutcome> = proc("iam.role.delete", async (tx, key) => {
  const role = await lockRole(tx, key);
  if (role === undefined) return "missing";
  const place = [role.account, role.name_key];
  const attached = await tx.query("SELECT policy_arn FROM iam_role_attachment WHERE account = $1 AND role_key = $2 LIMIT 1", place);
  if (attached.length > 0) return "has-attached-policies";
  const inline = await tx.query("SELECT policy_name FROM iam_role_policy WHERE account = $1 AND role_key = $2 LIMIT 1", place);
  if (inline.length > 0) return "has-inline-policies";
  await tx.query("DELETE FROM iam_role WHERE account = $1 AND name_key = $2", place);
  tx.wake(ROLES_TOPIC);
  return "deleted";
});

export interface ListRoles {
  readonly account: string;
  readonly pathPrefix: string;
  readonly after: string;
  readonly limit: number;
}

export const listRoles: Proc<ListRoles, RoleRow[]> = proc("iam.role.list", (tx, { account, pathPrefix, after, limit }) =>
  tx.query<RoleRow>(
    `SELECT * FROM iam_role WHERE account = $1 AND name_key > $2 AND substr(path, 1, length($3)) = $3
     ORDER BY name_key LIMIT $4`,
    [account, after, pathPrefix, limit],
  ),
);

export interface RoleChange extends RoleKey {
  /** Absent: stays as it is. */
  readonly trustPolicy?: string | undefined;
  readonly description?: string | undefined;
  readonly sessionSecondsMax?: number | undefined;
}

export const updateRole: Proc<RoleChange, RoleRow | undefined> = proc("iam.role.update", async (tx, change) => {
  const [row] = await tx.query<RoleRow>(
    `UPDATE iam_role SET trust_policy = COALESCE($3, trust_policy), description = COALESCE($4, description),
       session_seconds_max = COALESCE($5, session_seconds_max)
     WHERE account = $1 AND name_key = $2 RETURNING *`,
    [change.account, change.name.toLowerCase(), change.trustPolicy ?? null, change.description ?? null, change.sessionSecondsMax ?? null],
  );
  return row;
});

/** `boundaryArn` null: none. False when there is no such role. */
export const setRoleBoundary: Proc<RoleKey & { readonly boundaryArn: string | null }, boolean> = proc(
  "iam.role.set-boundary",
  async (tx, { account, name, boundaryArn }) => {
    const rows = await tx.query("UPDATE iam_role SET boundary_arn = $3 WHERE account = $1 AND name_key = $2 RETURNING name", [
      account,
      name.toLowerCase(),
      boundaryArn,
    ]);
    tx.wake(ROLES_TOPIC);
    return rows.length === 1;
  },
);

export interface TagChange {
  readonly added: readonly Tag[];
  readonly removed: readonly string[];
}

export const changeRoleTags: Proc<RoleKey & TagChange, "changed" | "missing" | "too-many"> = proc(
  "iam.role.change-tags",
  async (tx, { added, removed, ...key }) => {
    const role = await lockRole(tx, key);
    if (role === undefined) return "missing";
    const tags = changeTags(role.tags, added, removed);
    if (tags === undefined) return "too-many";
    await tx.query("UPDATE iam_role SET tags = $3 WHERE account = $1 AND name_key = $2", [role.account, role.name_key, tags]);
    return "changed";
  },
);
