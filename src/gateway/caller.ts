// Who a request's key makes the caller.

import type { Identity } from "../access/credentials.ts";
import { rootArn } from "../access/principal.ts";
import type { Caller } from "../wire/call.ts";
import type { Identified } from "../wire/identify.ts";

/** Of a request that names none: `curl` without a signature. */
export const DEFAULT_ACCOUNT = "000000000000";
export const DEFAULT_REGION = "us-east-1";

/** In open mode a key that nobody knows is the root of the account that it spells, if it has 12 digits, and else of the default account. */
export function unknownCaller({ accessKeyId, region = DEFAULT_REGION }: Identified): Caller {
  const account = /^\d{12}$/.test(accessKeyId) ? accessKeyId : DEFAULT_ACCOUNT;
  return { account, region, accessKeyId, principalArn: rootArn(account) };
}

export function knownCaller({ accessKeyId, region = DEFAULT_REGION }: Identified, { account, principalArn }: Identity): Caller {
  return { account, region, accessKeyId, principalArn };
}

/** From inside a sandbox: the environment's role whatever the key, in the region that the client has chosen. */
export function insideCaller(caller: Caller, { region = caller.region }: Identified): Caller {
  return { ...caller, region };
}
