// ListPolicies: the account's and AWS's. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html

import { awsManagedPolicies } from "../../../access/aws-managed-policies.ts";
import type { ListPoliciesRequest, ListPoliciesResponse, Policy } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import { countPolicyUse } from "../attachment/attachment.procs.ts";
import type { Iam } from "../iam.ts";
import { pageOfAll } from "../paging.ts";
import { listedPolicy } from "./describe-policy.ts";
import type { FoundPolicy } from "./find-policy.ts";
import { listPolicies as listPolicyRows } from "./policy.procs.ts";

export async function listPolicies(input: ListPoliciesRequest, call: Call, iam: Iam): Promise<ListPoliciesResponse> {
  const use = await iam.database.read(countPolicyUse, call.account);
  const found = await policiesIn(input.Scope ?? "All", call, iam);
  const wanted = found
    .map((each) => listedPolicy(each, use[arnOf(each)]))
    .filter((policy) => isWanted(policy, input))
    .toSorted((a, b) => (String(a.Arn) < String(b.Arn) ? -1 : 1));
  const { items, more } = pageOfAll(wanted, input, ({ Arn }) => String(Arn));
  return { Policies: items, ...more };
}

async function policiesIn(scope: "All" | "AWS" | "Local", call: Call, iam: Iam): Promise<FoundPolicy[]> {
  const own = scope === "AWS" ? [] : await iam.database.read(listPolicyRows, call.account);
  const managed = scope === "Local" ? [] : [...awsManagedPolicies.values()];
  return [...own.map((row) => ({ own: row })), ...managed.map((policy) => ({ managed: policy }))];
}

function isWanted(policy: Policy, input: ListPoliciesRequest): boolean {
  const counts = { PermissionsPolicy: policy.AttachmentCount ?? 0, PermissionsBoundary: policy.PermissionsBoundaryUsageCount ?? 0 };
  if (!policy.Path?.startsWith(input.PathPrefix ?? "/")) return false;
  if (input.PolicyUsageFilter !== undefined && counts[input.PolicyUsageFilter] === 0) return false;
  return input.OnlyAttached !== true || counts.PermissionsPolicy > 0;
}

function arnOf(found: FoundPolicy): string {
  return String(listedPolicy(found, undefined).Arn);
}
