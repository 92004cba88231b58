// Session credentials as STS answers them.

import type { SessionCredentials } from "../../access/session-tokens.ts";
import type { Credentials } from "../../models/sts.ts";

export function describeCredentials(issued: SessionCredentials): Credentials {
  return {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: issued.sessionToken,
    Expiration: new Date(issued.expiresAtMs),
  };
}
