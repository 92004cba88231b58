// Managed policies as IAM answers them, the account's own and AWS's alike. Lists leave out descriptions and tags, as AWS does.

import { createHash } from "node:crypto";
import type { AwsManagedPolicy } from "../../../access/aws-managed-policies.ts";
import { uniqueId } from "../../../access/key-text.ts";
import { encodePolicy } from "../../../access/policy-document.ts";
import type { Policy, PolicyVersion } from "../../../models/iam.ts";
import type { PolicyUse } from "../attachment/attachment.procs.ts";
import { iamDate } from "../iam.ts";
import { parseTags } from "../tags.ts";
import type { FoundPolicy } from "./find-policy.ts";
import type { PolicyRow, PolicyVersionRow } from "./policy.procs.ts";

/** AWS: its policies are all of one day and one version here; the real ones have dates and versions of their own. */
const MANAGED_SINCE = new Date("2015-02-06T18:40:00Z");

export function policyArn(row: Pick<PolicyRow, "account" | "path" | "name">): string {
  return `arn:aws:iam::${row.account}:policy${row.path}${row.name}`;
}

export function listedPolicy(found: FoundPolicy, use: PolicyUse | undefined): Policy {
  const shared = { AttachmentCount: use?.attached ?? 0, PermissionsBoundaryUsageCount: use?.boundaries ?? 0, IsAttachable: true };
  return { ...("own" in found ? ownPolicy(found.own) : managedPolicy(found.managed)), ...shared };
}

export function describedPolicy(found: FoundPolicy, use: PolicyUse | undefined): Policy {
  if ("managed" in found) return { ...listedPolicy(found, use), Tags: [] };
  const { description, tags } = found.own;
  return { ...listedPolicy(found, use), ...(description === null ? {} : { Description: description }), Tags: parseTags(tags) };
}

/** Without the document, as in lists; `describedVersion` adds it. */
export function listedVersion(row: PolicyVersionRow, policy: PolicyRow): PolicyVersion {
  return { VersionId: `v${row.version}`, IsDefaultVersion: row.version === policy.default_version, CreateDate: iamDate(row.created_at) };
}

export function managedVersion(): PolicyVersion {
  return { VersionId: "v1", IsDefaultVersion: true, CreateDate: MANAGED_SINCE };
}

export function describedVersion(listed: PolicyVersion, document: string): PolicyVersion {
  return { Document: encodePolicy(document), ...listed };
}

function ownPolicy(row: PolicyRow): Policy {
  return {
    PolicyName: row.name,
    PolicyId: row.policy_id,
    Arn: policyArn(row),
    Path: row.path,
    DefaultVersionId: `v${row.default_version}`,
    CreateDate: iamDate(row.created_at),
    UpdateDate: iamDate(row.updated_at),
  };
}

function managedPolicy(policy: AwsManagedPolicy): Policy {
  return {
    PolicyName: policy.name,
    PolicyId: uniqueId("ANPA", createHash("sha256").update(policy.arn).digest()),
    Arn: policy.arn,
    Path: policy.path,
    DefaultVersionId: "v1",
    CreateDate: MANAGED_SINCE,
    UpdateDate: MANAGED_SINCE,
  };
}
