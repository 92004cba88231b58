// GetCallerIdentity: who the server takes the caller for. It needs no permission.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html

import { userIdOf } from "../../access/unique-ids.ts";
import type { GetCallerIdentityRequest, GetCallerIdentityResponse } from "../../models/sts.ts";
import type { Call } from "../../wire/call.ts";
import type { Sts } from "./sts.ts";

export async function getCallerIdentity(_input: GetCallerIdentityRequest, call: Call, sts: Sts): Promise<GetCallerIdentityResponse> {
  return { UserId: await userIdOf(call, sts.database), Account: call.account, Arn: call.principalArn };
}
