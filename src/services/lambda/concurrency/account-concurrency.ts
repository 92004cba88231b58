// The account's concurrency in a region: how much there is, and how much of it functions have for themselves.

import { claimOf } from "../../../functions/concurrency.ts";
import type { Lambda } from "../lambda.ts";
import type { AccountLimit } from "./concurrency.procs.ts";

interface Place {
  readonly account: string;
  readonly region: string;
}

/** An account smaller than AWS's minimum (new ones have 10) must leave over all that it has. */
export function accountLimit({ limits, concurrencyMax }: Lambda, { account, region }: Place): AccountLimit {
  return { account, region, concurrencyMax, unreservedMin: Math.min(limits.unreservedConcurrencyMin, concurrencyMax) };
}

/** AWS: documents reserved concurrency as subtracted; that provisioned is too is what its errors say. */
export function unreservedConcurrency({ catalogue, concurrencyMax }: Lambda, { account, region }: Place): number {
  return catalogue.list(account, region).reduce((left, { concurrency }) => left - claimOf(concurrency), concurrencyMax);
}
