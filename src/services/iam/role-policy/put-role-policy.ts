// PutRolePolicy: adds or replaces a policy inside a role. https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html

import { checkPermissionsPolicy, policySize } from "../../../access/policy-document.ts";
import type { PutRolePolicyRequest } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { limitExceeded, noSuchRole } from "../refusals.ts";
import { INLINE_SIZE_MAX, putRolePolicy as putRolePolicyRow } from "./role-policy.procs.ts";

export async function putRolePolicy(input: PutRolePolicyRequest, call: Call, iam: Iam): Promise<void> {
  checkPermissionsPolicy(input.PolicyDocument, "inline");
  const { RoleName: name, PolicyName: policyName, PolicyDocument: document } = input;
  const outcome = await iam.database.run(putRolePolicyRow, {
    account: call.account,
    name,
    policyName,
    document,
    size: policySize(document),
  });
  if (outcome === "missing") throw noSuchRole(name);
  if (outcome === "too-large") throw limitExceeded(`Maximum policy size of ${INLINE_SIZE_MAX} bytes exceeded for role ${name}`);
}
