// The rows of roles, and the one question that more than one service asks of them.

import { type Proc, proc } from "../store/database.ts";

export interface RoleRow {
  readonly account: string;
  /** The name in lower case: AWS tells roles apart by it. */
  readonly name_key: string;
  readonly name: string;
  readonly path: string;
  readonly role_id: string;
  readonly trust_policy: string;
  readonly description: string | null;
  readonly session_seconds_max: number;
  readonly boundary_arn: string | null;
  readonly created_at: number;
  /** JSON: a list of { Key, Value }. */
  readonly tags: string;
}

export interface RoleKey {
  readonly account: string;
  readonly name: string;
}

export const findRole: Proc<RoleKey, RoleRow | undefined> = proc("access.role.find", async (tx, { account, name }) => {
  const [row] = await tx.query<RoleRow>("SELECT * FROM iam_role WHERE account = $1 AND name_key = $2", [account, name.toLowerCase()]);
  return row;
});
