// ListProvisionedConcurrencyConfigs: none yet.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html

import type { ListProvisionedConcurrencyConfigsRequest, ListProvisionedConcurrencyConfigsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";

export async function listProvisionedConcurrencyConfigs(
  input: ListProvisionedConcurrencyConfigsRequest,
  call: Call,
  lambda: Lambda,
): Promise<ListProvisionedConcurrencyConfigsResponse> {
  await wholeFunction(lambda, call, "ListProvisionedConcurrencyConfigs", input);
  return { ProvisionedConcurrencyConfigs: [] };
}
