// CreatePolicy: a managed policy and its first version. https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html

import { uniqueId } from "../../../access/key-text.ts";
import { checkPermissionsPolicy, policySize } from "../../../access/policy-document.ts";
import type { CreatePolicyRequest, CreatePolicyResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { alreadyExists, limitExceeded } from "../refusals.ts";
import { formatTags } from "../tags.ts";
import { listedPolicy } from "./describe-policy.ts";
import { insertPolicy, type PolicyRow } from "./policy.procs.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const POLICY_SIZE_MAX = 6_144;

export async function createPolicy(input: CreatePolicyRequest, call: Call, iam: Iam): Promise<CreatePolicyResponse> {
  checkManaged(input.PolicyDocument);
  const nowMs = iam.clock.nowMs();
  const row: PolicyRow = {
    account: call.account,
    name_key: input.PolicyName.toLowerCase(),
    name: input.PolicyName,
    path: input.Path ?? "/",
    policy_id: uniqueId("ANPA", Buffer.from(iam.random.hex(17), "hex")),
    description: input.Description ?? null,
    default_version: 1,
    next_version: 2,
    created_at: nowMs,
    updated_at: nowMs,
    tags: formatTags(input.Tags),
  };
  const outcome = await iam.database.run(insertPolicy, { ...row, document: input.PolicyDocument });
  if (outcome === "exists") throw alreadyExists(`A policy called ${row.name} already exists. Duplicate names are not allowed.`);
  const tags = input.Tags === undefined || input.Tags.length === 0 ? {} : { Tags: input.Tags };
  return { Policy: { ...listedPolicy({ own: row }, undefined), ...tags } };
}

/** Throws ServiceError MalformedPolicyDocument or LimitExceeded. */
export function checkManaged(document: string): void {
  checkPermissionsPolicy(document, "managed");
  if (policySize(document) > POLICY_SIZE_MAX) throw limitExceeded(`Cannot exceed quota for PolicySize: ${POLICY_SIZE_MAX}`);
}
