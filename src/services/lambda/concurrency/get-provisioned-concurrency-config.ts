// GetProvisionedConcurrencyConfig: there is none yet, whatever is asked for (PutProvisionedConcurrencyConfig is not built).
// https://docs.aws.amazon.com/lambda/latest/api/API_GetProvisionedConcurrencyConfig.html

import { functionNotFound } from "../../../functions/catalogue.ts";
import { isVersionNumber, qualifiedArn } from "../../../functions/name.ts";
import { ServiceError } from "../../../lib/errors.ts";
import type { GetProvisionedConcurrencyConfigRequest, GetProvisionedConcurrencyConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { cannotFindAlias } from "../alias/alias-errors.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";

export async function getProvisionedConcurrencyConfig(
  input: GetProvisionedConcurrencyConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetProvisionedConcurrencyConfigResponse> {
  const named = nameOf(call, "GetProvisionedConcurrencyConfig", input);
  const qualifier = named.qualifier ?? input.Qualifier;
  const record = lambda.catalogue.find(named);
  if (record?.versions.has(qualifier) || record?.aliases.has(qualifier)) {
    const message = "No Provisioned Concurrency Config found for this function";
    throw new ServiceError("ProvisionedConcurrencyConfigNotFoundException", 404, message);
  }
  throw isVersionNumber(qualifier) ? functionNotFound(named, qualifier) : cannotFindAlias(qualifiedArn(named, qualifier));
}
