// DeletePolicy: only one that nobody uses, and of one version. https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html

import { ServiceError } from "../../../lib/errors.ts";
import type { DeletePolicyRequest } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { deleteConflict, noSuchPolicy } from "../refusals.ts";
import { isAwsManaged, ownKey } from "./find-policy.ts";
import { deletePolicy as deletePolicyRow } from "./policy.procs.ts";

export async function deletePolicy(input: DeletePolicyRequest, call: Call, iam: Iam): Promise<void> {
  const arn = input.PolicyArn;
  refuseAwsManaged(arn, call, "iam:DeletePolicy");
  const outcome = await iam.database.run(deletePolicyRow, { ...ownKey(arn, call), arn });
  if (outcome === "missing") throw noSuchPolicy(arn);
  if (outcome === "attached") throw deleteConflict("Cannot delete a policy attached to entities.");
  if (outcome === "has-versions") {
    throw deleteConflict(
      "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    );
  }
}

/** AWS's policies belong to AWS: nobody else may change them. */
export function refuseAwsManaged(arn: string, call: Call, action: string): void {
  if (!isAwsManaged(arn)) return;
  throw new ServiceError(
    "AccessDenied",
    403,
    `User: ${call.principalArn} is not authorized to perform: ${action} on resource: policy ${arn}`,
  );
}
