// The rows of roles, and the one question that more than one service asks of them.

import { type Proc, proc, type Tx } from "../store/database.ts";

/** Whoever remembers what roles may do reads it again. */
export const ROLES_TOPIC = "access.roles";

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

export interface RolePolicies {
  readonly inline: readonly string[];
  /** ARNs; with its document where it is the account's own. */
  readonly attached: readonly PolicyText[];
  readonly boundary: PolicyText | undefined;
}

export interface PolicyText {
  readonly arn: string;
  /** null: none of the account's own. */
  readonly document: string | null;
}

/** undefined: there is no such role. */
export const readRolePolicies: Proc<RoleKey, RolePolicies | undefined> = proc("access.role.policies", async (tx, key) => {
  const role = await findRole.fn(tx, key);
  if (role === undefined) return undefined;
  const place = [role.account, role.name_key];
  const inline = await tx.query<{ document: string }>("SELECT document FROM iam_role_policy WHERE account = $1 AND role_key = $2", place);
  const attached = await tx.query<{ policy_arn: string }>(
    "SELECT policy_arn FROM iam_role_attachment WHERE account = $1 AND role_key = $2",
    place,
  );
  const texts: PolicyText[] = [];
  for (const { policy_arn } of attached) texts.push(await policyText(tx, role.account, policy_arn));
  const boundary = role.boundary_arn === null ? undefined : await policyText(tx, role.account, role.boundary_arn);
  return { inline: inline.map(({ document }) => document), attached: texts, boundary };
});

/** A name is there once in an account, whatever the path. */
async function policyText(tx: Tx, account: string, arn: string): Promise<PolicyText> {
  if (!arn.includes(`:${account}:`)) return { arn, document: null };
  const [row] = await tx.query<{ document: string }>(
    `SELECT v.document FROM iam_policy p JOIN iam_policy_version v
       ON v.account = p.account AND v.name_key = p.name_key AND v.version = p.default_version
     WHERE p.account = $1 AND p.name_key = $2`,
    [account, arn.slice(arn.lastIndexOf("/") + 1).toLowerCase()],
  );
  return { arn, document: row?.document ?? null };
}
