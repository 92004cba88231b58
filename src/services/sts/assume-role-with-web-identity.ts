// AssumeRoleWithWebIdentity: refused, since identity providers cannot be registered here. The words are AWS's for an unregistered one.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html

import { ServiceError } from "../../lib/errors.ts";
import type { AssumeRoleWithWebIdentityRequest } from "../../models/sts.ts";

export async function assumeRoleWithWebIdentity(input: AssumeRoleWithWebIdentityRequest): Promise<never> {
  const issuer = issuerOf(input.WebIdentityToken);
  if (issuer === undefined) throw refusal("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
  throw refusal(`No OpenIDConnect provider found in your account for ${issuer}`);
}

function issuerOf(token: string): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { iss?: unknown };
    return typeof claims.iss === "string" ? claims.iss : undefined;
  } catch {
    return undefined;
  }
}

function refusal(message: string): ServiceError {
  return new ServiceError("InvalidIdentityToken", 400, message);
}
