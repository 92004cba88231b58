// GetSessionToken: temporary credentials for the caller itself.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html

import { ServiceError } from "../../lib/errors.ts";
import type { GetSessionTokenRequest, GetSessionTokenResponse } from "../../models/sts.ts";
import type { Call } from "../../wire/call.ts";
import { describeCredentials } from "./describe-credentials.ts";
import { refuseMfa } from "./refuse-mfa.ts";
import type { Sts } from "./sts.ts";

const DEFAULT_SECONDS = 43_200;
/** What the account's root gets at most, whatever it asks for. */
const ROOT_SECONDS_MAX = 3_600;

export async function getSessionToken(input: GetSessionTokenRequest, call: Call, sts: Sts): Promise<GetSessionTokenResponse> {
  refuseMfa(input);
  if (call.accessKeyId.startsWith("ASIA")) {
    throw new ServiceError("AccessDenied", 403, "Cannot call GetSessionToken with session credentials");
  }
  const wanted = input.DurationSeconds ?? DEFAULT_SECONDS;
  const seconds = call.principalArn.endsWith(":root") ? Math.min(wanted, ROOT_SECONDS_MAX) : wanted;
  return { Credentials: describeCredentials(sts.access.issue(call.principalArn, seconds * 1_000)) };
}
