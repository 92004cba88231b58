// ListAttachedRolePolicies. https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html

import type { AttachedPolicy, ListAttachedRolePoliciesRequest, ListAttachedRolePoliciesResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { pageOfAll } from "../paging.ts";
import { nameInPolicyArn, pathInPolicyArn } from "../policy/find-policy.ts";
import { roleOf } from "../role/get-role.ts";
import { listAttachments } from "./attachment.procs.ts";

export async function listAttachedRolePolicies(
  input: ListAttachedRolePoliciesRequest,
  call: Call,
  iam: Iam,
): Promise<ListAttachedRolePoliciesResponse> {
  const arns = await iam.database.read(listAttachments, await roleOf(input.RoleName, call, iam));
  const wanted = arns.filter((arn) => pathInPolicyArn(arn).startsWith(input.PathPrefix ?? "/"));
  const { items, more } = pageOfAll(wanted, input, (arn) => arn);
  return { AttachedPolicies: items.map(describe), ...more };
}

function describe(arn: string): AttachedPolicy {
  return { PolicyName: nameInPolicyArn(arn), PolicyArn: arn };
}
