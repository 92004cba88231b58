// The answer to a create or an update: what was committed, before it settles, which begins here.

import { latestOf, versionName } from "../../../functions/function-record.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { FunctionConfiguration } from "../../../models/lambda.ts";
import type { Lambda } from "../lambda.ts";
import { describeFunction } from "./describe-function.ts";
import type { Written } from "./function.procs.ts";

/** With Publish the new version is shown, in the state of the function. A create names it by the function's ARN, an update by its own. */
export function describeWritten(lambda: Lambda, written: Written, arn: "unqualified" | "qualified"): FunctionConfiguration {
  const { change, published } = written;
  lambda.catalogue.apply(change);
  const record = lambda.catalogue.find(change.function)!; // just applied
  const latest = latestOf(record);
  lambda.settling.begin(record.id, latest.revisionId);
  if (published === undefined) return describeFunction(record, latest, record.arn);
  const { state, updateStatus } = latest;
  const version = { ...record.versions.get(versionName(published.number))!, state, updateStatus };
  return describeFunction(record, version, arn === "qualified" ? qualifiedArn(record, version.version) : record.arn);
}
