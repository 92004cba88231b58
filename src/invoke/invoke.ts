// What happens to one invocation: admit → acquire → deliver → await. Its report follows when the environment is done with it.

import type { Admission } from "./admission.ts";
import type { Invocation, InvocationResult } from "./invocation.ts";
import type { Pool } from "./pool.ts";

export interface Plane {
  readonly admission: Admission;
  poolFor(invocation: Invocation): Pool;
}

/**
 * Throws ServiceError TooManyRequestsException, or ServiceException where the platform failed; a function's own failure is a result.
 * A caller that goes away while it waits is forgotten; once delivered, an invocation runs to its end.
 */
export async function invoke(invocation: Invocation, signal: AbortSignal | undefined, plane: Plane): Promise<InvocationResult> {
  const admitted = plane.admission.admit(invocation.version);
  const permit = admitted instanceof Promise ? await admitted : admitted;
  try {
    const acquired = plane.poolFor(invocation).acquire(signal);
    const environment = acquired instanceof Promise ? await acquired : acquired;
    const result = await environment.deliver(invocation, permit.release);
    permit.answered();
    return result;
  } catch (error) {
    permit.release();
    throw error;
  }
}
