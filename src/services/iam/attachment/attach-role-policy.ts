// AttachRolePolicy and DetachRolePolicy. https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html

import type { AttachRolePolicyRequest, DetachRolePolicyRequest } from "../../../models/iam.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { isAwsManaged, parsePolicyArn } from "../policy/find-policy.ts";
import { limitExceeded, noSuchPolicy, noSuchRole, notAttachable } from "../refusals.ts";
import { roleOf } from "../role/get-role.ts";
import { ATTACHED_MAX, attachRolePolicy as attachRow, detachRolePolicy as detachRow } from "./attachment.procs.ts";

export async function attachRolePolicy(input: AttachRolePolicyRequest, call: Call, iam: Iam): Promise<void> {
  const { RoleName: name, PolicyArn: policyArn } = input;
  const own = parsePolicyArn(policyArn);
  if (!isAwsManaged(policyArn) && own?.account !== call.account) throw notAttachable(policyArn);
  const policy = own === undefined ? {} : { policy: own };
  const outcome = await iam.database.run(attachRow, { account: call.account, name, policyArn, nowMs: iam.clock.nowMs(), ...policy });
  if (outcome === "no-role") throw noSuchRole(name);
  if (outcome === "no-policy") throw notAttachable(policyArn);
  if (outcome === "too-many") throw limitExceeded(`Cannot exceed quota for PoliciesPerRole: ${ATTACHED_MAX}`);
}

export async function detachRolePolicy(input: DetachRolePolicyRequest, call: Call, iam: Iam): Promise<void> {
  const { account, name } = await roleOf(input.RoleName, call, iam);
  if (!(await iam.database.run(detachRow, { account, name, policyArn: input.PolicyArn }))) throw noSuchPolicy(input.PolicyArn);
}
