// Statements about managed policies attached to roles.

import { ROLES_TOPIC, type RoleKey } from "../../../access/roles.procs.ts";
import { type Proc, proc } from "../../../store/database.ts";
import { lockPolicy, type PolicyKey } from "../policy/policy.procs.ts";
import { lockRole } from "../role/role.procs.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html: managed policies attached to a role, the default quota. */
export const ATTACHED_MAX = 10;

export interface Attach extends RoleKey {
  readonly policyArn: string;
  /** A policy of the account, which must exist; absent for one of AWS's. */
  readonly policy?: PolicyKey;
  readonly nowMs: number;
}

export type AttachOutcome = "attached" | "no-role" | "no-policy" | "too-many";

/** Attaching once more changes nothing. Locks role before policy. */
export const attachRolePolicy: Proc<Attach, AttachOutcome> = proc(
  "iam.attachment.attach",
  async (tx, { policyArn, policy, nowMs, ...key }) => {
    const role = await lockRole(tx, key);
    if (role === undefined) return "no-role";
    if (policy !== undefined && (await lockPolicy(tx, policy)) === undefined) return "no-policy";
    const place = [role.account, role.name_key];
    const attached = await tx.query<{ policy_arn: string }>(
      "SELECT policy_arn FROM iam_role_attachment WHERE account = $1 AND role_key = $2",
      place,
    );
    if (attached.some(({ policy_arn }) => policy_arn === policyArn)) return "attached";
    if (attached.length >= ATTACHED_MAX) return "too-many";
    await tx.query("INSERT INTO iam_role_attachment (account, role_key, policy_arn, attached_at) VALUES ($1, $2, $3, $4)", [
      ...place,
      policyArn,
      nowMs,
    ]);
    tx.wake(ROLES_TOPIC);
    return "attached";
  },
);

/** False when it was not attached. */
export const detachRolePolicy: Proc<RoleKey & { readonly policyArn: string }, boolean> = proc(
  "iam.attachment.detach",
  async (tx, { account, name, policyArn }) => {
    const gone = await tx.query(
      "DELETE FROM iam_role_attachment WHERE account = $1 AND role_key = $2 AND policy_arn = $3 RETURNING policy_arn",
      [account, name.toLowerCase(), policyArn],
    );
    tx.wake(ROLES_TOPIC);
    return gone.length === 1;
  },
);

/** ARNs, sorted. */
export const listAttachments: Proc<RoleKey, string[]> = proc("iam.attachment.list", async (tx, { account, name }) => {
  const rows = await tx.query<{ policy_arn: string }>(
    "SELECT policy_arn FROM iam_role_attachment WHERE account = $1 AND role_key = $2 ORDER BY policy_arn",
    [account, name.toLowerCase()],
  );
  return rows.map(({ policy_arn }) => policy_arn);
});

export interface AttachedRole {
  readonly name: string;
  readonly path: string;
  readonly role_id: string;
}

/** Roles that a policy is attached to, in the order of their names. */
export const listAttachedRoles: Proc<{ readonly account: string; readonly policyArn: string }, AttachedRole[]> = proc(
  "iam.attachment.roles",
  (tx, { account, policyArn }) =>
    tx.query<AttachedRole>(
      `SELECT r.name, r.path, r.role_id FROM iam_role_attachment a JOIN iam_role r ON r.account = a.account AND r.name_key = a.role_key
       WHERE a.account = $1 AND a.policy_arn = $2 ORDER BY r.name_key`,
      [account, policyArn],
    ),
);

export interface PolicyUse {
  readonly attached: number;
  readonly boundaries: number;
}

/** How many roles of the account use each of its policies, by ARN. Policies that nobody uses are left out. */
export const countPolicyUse: Proc<string, Record<string, PolicyUse>> = proc("iam.attachment.count", async (tx, account) => {
  const attached = await tx.query<{ arn: string; n: number }>(
    "SELECT policy_arn AS arn, COUNT(*) AS n FROM iam_role_attachment WHERE account = $1 GROUP BY policy_arn",
    [account],
  );
  const boundaries = await tx.query<{ arn: string; n: number }>(
    "SELECT boundary_arn AS arn, COUNT(*) AS n FROM iam_role WHERE account = $1 AND boundary_arn IS NOT NULL GROUP BY boundary_arn",
    [account],
  );
  const use: Record<string, PolicyUse> = {};
  for (const { arn, n } of attached) use[arn] = { attached: Number(n), boundaries: 0 };
  for (const { arn, n } of boundaries) use[arn] = { attached: use[arn]?.attached ?? 0, boundaries: Number(n) };
  return use;
});
