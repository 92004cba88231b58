// The answer to a create or an update: what was committed, before it settles, which begins here.

import { versionRecord } from "../../../functions/function-record.ts";
import { functionArn, qualifiedArn } from "../../../functions/name.ts";
import type { FunctionConfiguration } from "../../../models/lambda.ts";
import type { Lambda } from "../lambda.ts";
import { describeFunction } from "./describe-function.ts";
import type { Written } from "./function.procs.ts";

/** With Publish the new version is shown, in the state of the function. A create names it by the function's ARN, an update by its own. */
export function describeWritten(lambda: Lambda, written: Written, arn: "unqualified" | "qualified"): FunctionConfiguration {
  const { change, latest, published } = written;
  const of = change.function;
  lambda.catalogue.apply(change);
  lambda.settling.begin(of.id, latest.revision);
  if (published === undefined) return describeFunction(of, versionRecord(latest), functionArn(of));
  const version = versionRecord({ ...published, state: latest.state, update_status: latest.update_status });
  return describeFunction(of, version, arn === "qualified" ? qualifiedArn(of, version.version) : functionArn(of));
}
