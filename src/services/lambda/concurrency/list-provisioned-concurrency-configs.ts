// ListProvisionedConcurrencyConfigs: what is provisioned for a function, in order of qualifier.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListProvisionedConcurrencyConfigs.html

import type { ProvisionedConcurrency } from "../../../functions/concurrency.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { ListProvisionedConcurrencyConfigsRequest, ListProvisionedConcurrencyConfigsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { isAfterText, pageOf } from "../page.ts";
import { describeProvisioned } from "./describe-provisioned.ts";

export async function listProvisionedConcurrencyConfigs(
  input: ListProvisionedConcurrencyConfigsRequest,
  call: Call,
  lambda: Lambda,
): Promise<ListProvisionedConcurrencyConfigsResponse> {
  const record = await wholeFunction(lambda, call, "ListProvisionedConcurrencyConfigs", input);
  const order = { keyOf: ([qualifier]: readonly [string, ProvisionedConcurrency]) => qualifier, isAfter: isAfterText };
  const { items, ...more } = pageOf(record.concurrency.provisioned, input, lambda.limits.listItemsMax, order);
  return {
    ProvisionedConcurrencyConfigs: await Promise.all(
      items.map(async ([qualifier, config]) => ({
        FunctionArn: qualifiedArn(record, qualifier),
        ...(await describeProvisioned(lambda, record, qualifier, config)),
      })),
    ),
    ...more,
  };
}
