// PutProvisionedConcurrencyConfig: so many environments are started ahead for a version, or for the version that an alias leads to.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html

import { functionNotFound } from "../../../functions/catalogue.ts";
import { type FunctionRecord, LATEST } from "../../../functions/function-record.ts";
import type { PutProvisionedConcurrencyConfigRequest, PutProvisionedConcurrencyConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter } from "../refusals.ts";
import { accountLimit } from "./account-concurrency.ts";
import { type Provisioned, type ProvisionRequest, provision } from "./concurrency.procs.ts";
import { secondsTime } from "./describe-provisioned.ts";
import { provisionedRefusal } from "./provisioned-errors.ts";
import { missing, provisionable } from "./provisioned-qualifier.ts";

export async function putProvisionedConcurrencyConfig(
  input: PutProvisionedConcurrencyConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<PutProvisionedConcurrencyConfigResponse> {
  const named = nameOf(call, "PutProvisionedConcurrencyConfig", input);
  if (named.qualifier === LATEST) throw provisionedRefusal("unpublished");
  const { record, qualifier } = await provisionable(input, call, lambda, "PutProvisionedConcurrencyConfig");
  const version = record.versions.get(record.aliases.get(qualifier)?.version ?? qualifier);
  // AWS: refuses this too; its text is not known.
  if (version?.settings.maxConcurrency !== undefined)
    throw invalidParameter("Provisioned concurrency cannot be configured for functions with a capacity provider.");
  const request: ProvisionRequest = {
    functionId: record.id,
    qualifier,
    requested: input.ProvisionedConcurrentExecutions,
    nowMs: lambda.clock.nowMs(),
    limit: accountLimit(lambda, call),
  };
  const written = await lambda.database.run(provision, request);
  if (written.outcome !== "done") throw refusalOf(record, request, written);
  lambda.catalogue.apply(written.change);
  return answer(request.requested, request.nowMs);
}

/** As recorded: nothing is there yet, whatever the former request had started. */
function answer(requested: number, nowMs: number): PutProvisionedConcurrencyConfigResponse {
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: 0,
    AllocatedProvisionedConcurrentExecutions: 0,
    Status: "IN_PROGRESS",
    LastModified: secondsTime(nowMs),
  };
}

function refusalOf(
  record: FunctionRecord,
  { qualifier, limit }: ProvisionRequest,
  refused: Exclude<Provisioned, { outcome: "done" }>,
): Error {
  switch (refused.outcome) {
    case "gone":
      return functionNotFound(record);
    case "no-such-alias":
    case "no-such-version":
      return missing(record, qualifier);
    case "above-unreserved":
      return invalidParameter(
        `Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [${refused.unreserved}].`,
      );
    case "below-minimum":
      return invalidParameter(
        `Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${limit.unreservedMin}].`,
      );
    default:
      return provisionedRefusal(refused.outcome);
  }
}
