// Statements about the account's managed policies and their versions.

import { ROLES_TOPIC } from "../../../access/roles.procs.ts";
import type { Tag } from "../../../models/iam.ts";
import { type Proc, proc, type Tx } from "../../../store/database.ts";
import { changeTags } from "../tags.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const VERSIONS_MAX = 5;

/** The path is part of the key: an ARN with another path is another policy's. */
export interface PolicyKey {
  readonly account: string;
  readonly path: string;
  readonly name: string;
}

export interface PolicyRow {
  readonly account: string;
  readonly name_key: string;
  readonly name: string;
  readonly path: string;
  readonly policy_id: string;
  readonly description: string | null;
  readonly default_version: number;
  readonly next_version: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly tags: string;
}

export interface PolicyVersionRow {
  readonly version: number;
  readonly document: string;
  readonly created_at: number;
}

/** The policy's row, which nobody else changes until the transaction ends. */
export async function lockPolicy(tx: Tx, { account, path, name }: PolicyKey): Promise<PolicyRow | undefined> {
  const [row] = await tx.query<PolicyRow>(
    "UPDATE iam_policy SET name = name WHERE account = $1 AND name_key = $2 AND name = $3 AND path = $4 RETURNING *",
    [account, name.toLowerCase(), name, path],
  );
  return row;
}

export const findPolicy: Proc<PolicyKey, PolicyRow | undefined> = proc("iam.policy.find", async (tx, { account, path, name }) => {
  const [row] = await tx.query<PolicyRow>("SELECT * FROM iam_policy WHERE account = $1 AND name_key = $2 AND name = $3 AND path = $4", [
    account,
    name.toLowerCase(),
    name,
    path,
  ]);
  return row;
});

export const insertPolicy: Proc<PolicyRow & { readonly document: string }, "created" | "exists"> = proc(
  "iam.policy.insert",
  async (tx, { document, ...policy }) => {
    const inserted = await tx.query(
      `INSERT INTO iam_policy
         (account, name_key, name, path, policy_id, description, default_version, next_version, created_at, updated_at, tags)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (account, name_key) DO NOTHING RETURNING name`,
      [
        policy.account,
        policy.name_key,
        policy.name,
        policy.path,
        policy.policy_id,
        policy.description,
        policy.default_version,
        policy.next_version,
        policy.created_at,
        policy.updated_at,
        policy.tags,
      ],
    );
    if (inserted.length === 0) return "exists";
    await insertVersion(tx, policy, { version: policy.default_version, document, created_at: policy.created_at });
    return "created";
  },
);

export type DeletePolicyOutcome = "deleted" | "missing" | "attached" | "has-versions";

export const deletePolicy: Proc<PolicyKey & { readonly arn: string }, DeletePolicyOutcome> = proc(
  "iam.policy.delete",
  async (tx, { arn, ...key }) => {
    const policy = await lockPolicy(tx, key);
    if (policy === undefined) return "missing";
    const attached = await tx.query("SELECT role_key FROM iam_role_attachment WHERE account = $1 AND policy_arn = $2 LIMIT 1", [
      policy.account,
      arn,
    ]);
    if (attached.length > 0) return "attached";
    const place = [policy.account, policy.name_key];
    const versions = await tx.query("SELECT version FROM iam_policy_version WHERE account = $1 AND name_key = $2 LIMIT 2", place);
    if (versions.length > 1) return "has-versions";
    await tx.query("DELETE FROM iam_policy_version WHERE account = $1 AND name_key = $2", place);
    await tx.query("DELETE FROM iam_policy WHERE account = $1 AND name_key = $2", place);
    return "deleted";
  },
);

/** All of an account, in the order of their names. */
export const listPolicies: Proc<string, PolicyRow[]> = proc("iam.policy.list", (tx, account) =>
  tx.query<PolicyRow>("SELECT * FROM iam_policy WHERE account = $1 ORDER BY name_key", [account]),
);

/** Newest first. */
export const listPolicyVersions: Proc<PolicyRow, PolicyVersionRow[]> = proc("iam.policy.versions", (tx, { account, name_key }) =>
  tx.query<PolicyVersionRow>(
    "SELECT version, document, created_at FROM iam_policy_version WHERE account = $1 AND name_key = $2 ORDER BY version DESC",
    [account, name_key],
  ),
);

export interface AddVersion extends PolicyKey {
  readonly document: string;
  readonly asDefault: boolean;
  readonly nowMs: number;
}

/** The new version's number. Numbers are not used again. */
export const addPolicyVersion: Proc<AddVersion, number | "missing" | "too-many"> = proc(
  "iam.policy.add-version",
  async (tx, { document, asDefault, nowMs, ...key }) => {
    const policy = await lockPolicy(tx, key);
    if (policy === undefined) return "missing";
    const place = [policy.account, policy.name_key];
    const versions = await tx.query("SELECT version FROM iam_policy_version WHERE account = $1 AND name_key = $2", place);
    if (versions.length >= VERSIONS_MAX) return "too-many";
    const version = policy.next_version;
    await insertVersion(tx, policy, { version, document, created_at: nowMs });
    await tx.query("UPDATE iam_policy SET next_version = $3, default_version = $4, updated_at = $5 WHERE account = $1 AND name_key = $2", [
      ...place,
      version + 1,
      asDefault ? version : policy.default_version,
      nowMs,
    ]);
    tx.wake(ROLES_TOPIC);
    return version;
  },
);

type VersionKey = PolicyKey & { readonly version: number };

export const deletePolicyVersion: Proc<VersionKey, "deleted" | "missing" | "no-version" | "is-default"> = proc(
  "iam.policy.delete-version",
  async (tx, { version, ...key }) => {
    const policy = await lockPolicy(tx, key);
    if (policy === undefined) return "missing";
    if (policy.default_version === version) return "is-default";
    const gone = await tx.query("DELETE FROM iam_policy_version WHERE account = $1 AND name_key = $2 AND version = $3 RETURNING version", [
      policy.account,
      policy.name_key,
      version,
    ]);
    return gone.length === 1 ? "deleted" : "no-version";
  },
);

export const setDefaultPolicyVersion: Proc<VersionKey & { readonly nowMs: number }, "set" | "missing" | "no-version"> = proc(
  "iam.policy.set-default-version",
  async (tx, { version, nowMs, ...key }) => {
    const policy = await lockPolicy(tx, key);
    if (policy === undefined) return "missing";
    const place = [policy.account, policy.name_key, version];
    const found = await tx.query("SELECT version FROM iam_policy_version WHERE account = $1 AND name_key = $2 AND version = $3", place);
    if (found.length === 0) return "no-version";
    await tx.query("UPDATE iam_policy SET default_version = $3, updated_at = $4 WHERE account = $1 AND name_key = $2", [...place, nowMs]);
    tx.wake(ROLES_TOPIC);
    return "set";
  },
);

export interface PolicyTagChange extends PolicyKey {
  readonly added: readonly Tag[];
  readonly removed: readonly string[];
}

export const changePolicyTags: Proc<PolicyTagChange, "changed" | "missing" | "too-many"> = proc(
  "iam.policy.change-tags",
  async (tx, { added, removed, ...key }) => {
    const policy = await lockPolicy(tx, key);
    if (policy === undefined) return "missing";
    const tags = changeTags(policy.tags, added, removed);
    if (tags === undefined) return "too-many";
    await tx.query("UPDATE iam_policy SET tags = $3 WHERE account = $1 AND name_key = $2", [policy.account, policy.name_key, tags]);
    return "changed";
  },
);

async function insertVersion(tx: Tx, policy: Pick<PolicyRow, "account" | "name_key">, row: PolicyVersionRow): Promise<void> {
  await tx.query("INSERT INTO iam_policy_version (account, name_key, version, document, created_at) VALUES ($1, $2, $3, $4, $5)", [
    policy.account,
    policy.name_key,
    row.version,
    row.document,
    row.created_at,
  ]);
}
