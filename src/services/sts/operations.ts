// THE TABLE of STS's operations. Every name of the model stands here; what is not built is refused by name.

import type { StsOperations } from "../../models/sts.ts";
import type { OperationTable } from "../../wire/call.ts";
import { assumeRole } from "./assume-role.ts";
import { assumeRoleWithWebIdentity } from "./assume-role-with-web-identity.ts";
import { getCallerIdentity } from "./get-caller-identity.ts";
import { getSessionToken } from "./get-session-token.ts";
import type { Sts } from "./sts.ts";

export const operations: OperationTable<StsOperations, Sts> = {
  AssumeRole: assumeRole,
  AssumeRoleWithSAML: "not-implemented",
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  AssumeRoot: "not-implemented",
  DecodeAuthorizationMessage: "not-implemented",
  GetAccessKeyInfo: "not-implemented",
  GetCallerIdentity: getCallerIdentity,
  GetDelegatedAccessToken: "not-implemented",
  GetFederationToken: "not-implemented",
  GetScopedCredentials: "not-implemented",
  GetSessionToken: getSessionToken,
  GetWebIdentityToken: "not-implemented",
};
