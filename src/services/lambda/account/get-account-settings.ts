// GetAccountSettings: the account's limits in this region, and how much of them is used.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html

import type { FunctionRecord } from "../../../functions/function-record.ts";
import type { GetAccountSettingsRequest, GetAccountSettingsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";

export async function getAccountSettings(_: GetAccountSettingsRequest, call: Call, lambda: Lambda): Promise<GetAccountSettingsResponse> {
  const { limits, concurrencyMax, catalogue } = lambda;
  const records = catalogue.list(call.account, call.region);
  return {
    AccountLimit: {
      TotalCodeSize: limits.codeStorageBytesMax,
      CodeSizeUnzipped: limits.unzippedBytesMax,
      CodeSizeZipped: limits.zipBytesMax,
      ConcurrentExecutions: concurrencyMax,
      UnreservedConcurrentExecutions: concurrencyMax, // nothing can be reserved yet
    },
    AccountUsage: { TotalCodeSize: sum(records.map(codeBytes)), FunctionCount: records.length },
  };
}

// AWS: counts unzipped bytes since 2026; here zipped ones, as CodeSize shows them, of every version.
function codeBytes(record: FunctionRecord): number {
  return sum([...record.versions.values()].map(({ code }) => code.size));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
