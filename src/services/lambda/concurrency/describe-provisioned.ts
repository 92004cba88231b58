// What is provisioned for a version or an alias, as AWS shows it: what was asked for, and how far the data plane has come with it.

import type { ProvisionedConcurrency } from "../../../functions/concurrency.ts";
import type { FunctionRecord } from "../../../functions/function-record.ts";
import type { GetProvisionedConcurrencyConfigResponse } from "../../../models/lambda.ts";
import type { Lambda } from "../lambda.ts";

export async function describeProvisioned(
  lambda: Lambda,
  record: FunctionRecord,
  qualifier: string,
  { requested, modifiedMs }: ProvisionedConcurrency,
): Promise<GetProvisionedConcurrencyConfigResponse> {
  const version = record.aliases.get(qualifier)?.version ?? qualifier;
  const { status, allocated, available } = (await lambda.invoker.provisioned(record.id, version)) ?? NOT_BEGUN;
  return {
    RequestedProvisionedConcurrentExecutions: requested,
    AvailableProvisionedConcurrentExecutions: available,
    AllocatedProvisionedConcurrentExecutions: allocated,
    Status: status,
    ...(status === "FAILED" ? { StatusReason: "FUNCTION_ERROR_INIT_FAILURE" } : {}),
    LastModified: secondsTime(modifiedMs),
  };
}

const NOT_BEGUN = { status: "IN_PROGRESS", allocated: 0, available: 0 } as const;

// 2019-12-09T19:32:46+0000, without the milliseconds that other calls have.
export function secondsTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}+0000`;
}
