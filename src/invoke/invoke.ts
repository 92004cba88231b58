// What happens to one invocation: admit → acquire → deliver → await; one that an environment was provisioned for needs no admission. Its report follows when the environment is done with it.

import { ServiceError } from "../lib/errors.ts";
import type { Admission } from "./admission.ts";
import type { PooledEnvironment } from "./environment-owner.ts";
import type { Invocation, InvocationResult, Recipient } from "./invocation.ts";
import type { Pool } from "./pool.ts";
import type { ProvisionedPool } from "./provisioned-pool.ts";
import type { Permit } from "./quota.ts";

const TOO_MANY_REQUESTS = 429;

export interface Plane {
  readonly admission: Admission;
  poolFor(invocation: Invocation): Pool;
  provisionedFor(invocation: Invocation): ProvisionedPool | undefined;
  readonly onThrottle?: ((invocation: Invocation) => void) | undefined;
}

/**
 * Throws ServiceError TooManyRequestsException, or ServiceException where the platform failed; a function's own failure is a result.
 * A caller that goes away while it waits is forgotten; once delivered, an invocation runs to its end.
 */
export async function invoke(invocation: Invocation, recipient: Recipient | undefined, plane: Plane): Promise<InvocationResult> {
  const pool = plane.provisionedFor(invocation);
  const counted = pool && plane.admission.admitProvisioned(invocation.version);
  const goesAhead = counted instanceof Promise ? await counted : counted;
  if (pool !== undefined && goesAhead !== undefined) {
    const taken = pool.take(plane.admission.excess(invocation.version));
    const environment = taken instanceof Promise ? await taken : taken;
    if (environment !== undefined) return deliver(invocation, environment, goesAhead.begin());
    goesAhead.cancel();
  }
  let permit: Permit | undefined;
  try {
    const admitted = plane.admission.admit(invocation.version);
    permit = admitted instanceof Promise ? await admitted : admitted;
    const acquired = plane.poolFor(invocation).acquire(recipient);
    const environment = acquired instanceof Promise ? await acquired : acquired;
    return await deliver(invocation, environment, permit);
  } catch (error) {
    permit?.release();
    if (isThrottle(error)) plane.onThrottle?.(invocation);
    throw error;
  }
}

async function deliver(invocation: Invocation, environment: PooledEnvironment, permit: Permit): Promise<InvocationResult> {
  const result = await environment.deliver(invocation, permit.release);
  permit.answered();
  return result;
}

function isThrottle(error: unknown): boolean {
  return error instanceof ServiceError && error.status === TOO_MANY_REQUESTS;
}
