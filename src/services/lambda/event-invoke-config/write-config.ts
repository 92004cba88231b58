// What putting and updating a configuration have in common: its target, its checks, its row.

import { type FunctionRecord, LATEST } from "../../../functions/function-record.ts";
import type { NamedFunction } from "../../../functions/name.ts";
import type { FunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest } from "../../../models/lambda.ts";
import type { Lambda } from "../lambda.ts";
import { checkConfig, describeConfig } from "./configured.ts";
import { writeEventInvoke } from "./event-invoke-config.procs.ts";

export interface ConfigWrite {
  readonly named: NamedFunction;
  readonly record: FunctionRecord;
  readonly isUpdate: boolean;
  readonly missing: () => Error;
}

export async function writeConfig(
  lambda: Lambda,
  input: PutFunctionEventInvokeConfigRequest,
  { named, record, isUpdate, missing }: ConfigWrite,
): Promise<FunctionEventInvokeConfig> {
  await checkConfig(lambda, record, input);
  const qualifier = named.qualifier ?? LATEST;
  const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
  const row = {
    function_id: record.id,
    qualifier,
    retries_max: input.MaximumRetryAttempts ?? null,
    age_max_s: input.MaximumEventAgeInSeconds ?? null,
    on_success: OnSuccess?.Destination ?? null,
    on_failure: OnFailure?.Destination ?? null,
    modified_at: lambda.clock.nowMs(),
  };
  const change = await lambda.database.run(writeEventInvoke, { row, isUpdate });
  if (change === undefined) throw missing();
  lambda.catalogue.apply(change);
  const written = lambda.catalogue.find(named)?.eventInvokes.get(qualifier);
  if (written === undefined) throw missing(); // deleted since
  return describeConfig(record, written);
}

export function hasQualifier(record: FunctionRecord, qualifier: string | undefined): boolean {
  return qualifier === undefined || record.versions.has(qualifier) || record.aliases.has(qualifier);
}
