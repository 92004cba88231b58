// GetLayerVersionPolicy: which other accounts may use a layer version, as one JSON text.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersionPolicy.html

import type { GetLayerVersionPolicyRequest, GetLayerVersionPolicyResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { policyText } from "../permission/policy-edit.ts";
import { readLayerVersion } from "./layer.procs.ts";
import { versionNotFound } from "./layer-name.ts";
import { noLayerPolicy, policyOwner } from "./layer-policy.ts";

export async function getLayerVersionPolicy(
  input: GetLayerVersionPolicyRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetLayerVersionPolicyResponse> {
  const version = policyOwner(input, call, "GetLayerVersionPolicy");
  const found = await lambda.database.read(readLayerVersion, version);
  if (found === undefined) throw versionNotFound(version);
  if (found.policy === undefined) throw noLayerPolicy();
  return { Policy: policyText(found.policy), RevisionId: found.policy.revision };
}
