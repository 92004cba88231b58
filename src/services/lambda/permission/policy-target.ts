// Which policy a request means: the function's own, or that of an alias or a published version.

import { functionNotFound } from "../../../functions/catalogue.ts";
import { LATEST } from "../../../functions/function-record.ts";
import { isVersionNumber, qualifiedArn } from "../../../functions/name.ts";
import { cannotFindAlias } from "../alias/alias-errors.ts";
import type { Target } from "../function/target.ts";
import { invalidParameter } from "../refusals.ts";
import type { PolicyKey } from "./policy.procs.ts";

/** Throws when the qualifier names nothing that can have a policy. */
export function policyKeyOf({ named, record }: Target): PolicyKey {
  const { qualifier } = named;
  if (qualifier === undefined) return { functionId: record.id, qualifier: "" };
  if (qualifier === LATEST) throw invalidParameter("We currently do not support adding policies for $LATEST.");
  if (record.aliases.has(qualifier) || record.versions.has(qualifier)) return { functionId: record.id, qualifier };
  const cannotBeAlias = isVersionNumber(qualifier) || qualifier.includes("$");
  throw cannotBeAlias ? functionNotFound(named, qualifier) : cannotFindAlias(qualifiedArn(named, qualifier));
}
