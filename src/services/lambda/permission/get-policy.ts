// GetPolicy: the resource policy of a function, version or alias, as one JSON text.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html

import type { GetPolicyRequest, GetPolicyResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { notFound } from "../refusals.ts";
import { readPolicy } from "./policy.procs.ts";
import { policyText } from "./policy-edit.ts";
import { policyKeyOf } from "./policy-target.ts";

export async function getPolicy(input: GetPolicyRequest, call: Call, lambda: Lambda): Promise<GetPolicyResponse> {
  const named = nameOf(call, "GetPolicy", input);
  const record = lambda.catalogue.find(named);
  if (record === undefined) throw notFound("The resource you requested does not exist.");
  const policy = await lambda.database.read(readPolicy, policyKeyOf({ named, record }));
  if (policy === undefined) throw notFound("No policy is associated with the given resource.");
  return { Policy: policyText(policy), RevisionId: policy.revision };
}
