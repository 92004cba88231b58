// The version that a name leads to, once its function has settled: what every way to invoke a function asks.

import type { NamedFunction } from "../../../functions/name.ts";
import type { Resolved } from "../../../functions/version.ts";
import type { Lambda } from "../lambda.ts";

/** Without a promise where nothing is unsettled: this is the way that every invocation takes. Throws, or rejects with, ServiceError. */
export function resolvedVersion(lambda: Lambda, named: NamedFunction): Resolved | Promise<Resolved> {
  const record = lambda.catalogue.find(named);
  const settling = record && lambda.settling.wait(record);
  const follow = () => lambda.catalogue.resolve(named, named.qualifier, lambda.random.unit());
  return settling === undefined ? follow() : settling.then(follow);
}
