// GetAccountSettings: the account's limits in this region, and how much of them is used.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html

import type { FunctionRecord } from "../../../functions/function-record.ts";
import type { GetAccountSettingsRequest, GetAccountSettingsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { unreservedConcurrency } from "../concurrency/account-concurrency.ts";
import type { Lambda } from "../lambda.ts";
import { layerBytes } from "../layer/layer.procs.ts";

export async function getAccountSettings(_: GetAccountSettingsRequest, call: Call, lambda: Lambda): Promise<GetAccountSettingsResponse> {
  const { limits, concurrencyMax, catalogue } = lambda;
  const { account, region } = call;
  const records = catalogue.list(account, region);
  const inLayers = await lambda.database.read(layerBytes, { account, region });
  return {
    AccountLimit: {
      TotalCodeSize: limits.codeStorageBytesMax,
      CodeSizeUnzipped: limits.unzippedBytesMax,
      CodeSizeZipped: limits.zipBytesMax,
      ConcurrentExecutions: concurrencyMax,
      UnreservedConcurrentExecutions: unreservedConcurrency(lambda, call),
    },
    AccountUsage: { TotalCodeSize: sum(records.map(codeBytes)) + inLayers, FunctionCount: records.length },
  };
}

// AWS: counts unzipped bytes since 2026; here zipped ones, as CodeSize shows them, of every version of a function or layer.
function codeBytes(record: FunctionRecord): number {
  return sum([...record.versions.values()].map(({ code }) => code.size));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
