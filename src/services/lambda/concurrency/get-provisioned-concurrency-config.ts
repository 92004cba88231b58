// GetProvisionedConcurrencyConfig: what is provisioned for a version or an alias, and whether it is ready.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html

import type { GetProvisionedConcurrencyConfigRequest, GetProvisionedConcurrencyConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { describeProvisioned } from "./describe-provisioned.ts";
import { nothingProvisioned } from "./provisioned-errors.ts";
import { provisionable } from "./provisioned-qualifier.ts";

export async function getProvisionedConcurrencyConfig(
  input: GetProvisionedConcurrencyConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetProvisionedConcurrencyConfigResponse> {
  const { record, qualifier } = await provisionable(input, call, lambda, "GetProvisionedConcurrencyConfig");
  const config = record.concurrency.provisioned.get(qualifier);
  if (config === undefined) throw nothingProvisioned();
  return describeProvisioned(lambda, record, qualifier, config);
}
