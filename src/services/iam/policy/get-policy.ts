// GetPolicy: what it is, not what it says. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html

import type { GetPolicyRequest, GetPolicyResponse } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import { countPolicyUse } from "../attachment/attachment.procs.ts";
import type { Iam } from "../iam.ts";
import { describedPolicy } from "./describe-policy.ts";
import { findPolicy } from "./find-policy.ts";

export async function getPolicy(input: GetPolicyRequest, call: Call, iam: Iam): Promise<GetPolicyResponse> {
  const found = await findPolicy(input.PolicyArn, call, iam);
  const use = await iam.database.read(countPolicyUse, call.account);
  return { Policy: describedPolicy(found, use[input.PolicyArn]) };
}
