// Finds managed policies by ARN: the account's own rows, and AWS's, which are data.

import { type AwsManagedPolicy, awsManagedPolicies } from "../../../access/aws-managed-policies.ts";
import type { Call } from "../../../wire/call.ts";
import type { Iam } from "../iam.ts";
import { noSuchPolicy } from "../refusals.ts";
import { findPolicy as findPolicyRow, type PolicyKey, type PolicyRow } from "./policy.procs.ts";

const OWN_ARN = /^arn:aws[a-zA-Z-]*:iam::(\d{12}):policy(\/(?:[\x21-\x7e]+\/)?)([\w+=,.@-]{1,128})$/;

export type FoundPolicy = { readonly own: PolicyRow } | { readonly managed: AwsManagedPolicy };

/** Throws ServiceError NoSuchEntity. */
export async function findPolicy(arn: string, call: Call, iam: Iam): Promise<FoundPolicy> {
  const managed = awsManagedPolicies.get(arn);
  if (managed !== undefined) return { managed };
  return { own: await findOwnPolicy(arn, call, iam) };
}

/** Throws ServiceError NoSuchEntity, also for a policy of AWS. */
export async function findOwnPolicy(arn: string, call: Call, iam: Iam): Promise<PolicyRow> {
  const row = await iam.database.read(findPolicyRow, ownKey(arn, call));
  if (row === undefined) throw noSuchPolicy(arn);
  return row;
}

export async function mustExist(arn: string, call: Call, iam: Iam): Promise<void> {
  await findPolicy(arn, call, iam);
}

/** The key of a policy that must be the caller's account's. Throws ServiceError NoSuchEntity. */
export function ownKey(arn: string, call: Call): PolicyKey {
  const key = parsePolicyArn(arn);
  if (key === undefined || key.account !== call.account) throw noSuchPolicy(arn);
  return key;
}

export function isAwsManaged(arn: string): boolean {
  return awsManagedPolicies.has(arn);
}

/** Undefined for policies of AWS and for anything else. */
export function parsePolicyArn(arn: string): PolicyKey | undefined {
  const match = OWN_ARN.exec(arn);
  return match === null ? undefined : { account: match[1] as string, path: match[2] as string, name: match[3] as string };
}

export function nameInPolicyArn(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

export function pathInPolicyArn(arn: string): string {
  return arn.slice(arn.indexOf("/"), arn.lastIndexOf("/") + 1);
}
