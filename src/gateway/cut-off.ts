// A server that may not know what others have answered: a node out of its cluster. It is mostly back in a moment, so callers wait a little; then
// SDKs hear something that they repeat.

import { ServiceError } from "../lib/errors.ts";

export interface Standing {
  /** False while what this server knows may be out of date. */
  readonly isCurrent: boolean;
  /** Resolves to false when it is not current soon. Never rejects. */
  untilCurrent(): Promise<boolean>;
}

/** Before anything that a change may have overtaken is looked at: keys, functions, what they are called. Throws ServiceError. */
export async function waitUntilCurrent(standing: Standing, service: string): Promise<void> {
  if (await standing.untilCurrent()) return;
  const message = "This node is cut off from its cluster.";
  throw service === "lambda" ? new ServiceError("ServiceException", 500, message) : new ServiceError("ServiceUnavailable", 503, message);
}
