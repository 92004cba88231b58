// GetFunctionConfiguration: a version's configuration alone.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html

import { qualifiedArn } from "../../../functions/name.ts";
import type { FunctionConfiguration, GetFunctionConfigurationRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { describeFunction } from "./describe-function.ts";
import { targetOf, versionOf } from "./target.ts";

export async function getFunctionConfiguration(
  input: GetFunctionConfigurationRequest,
  call: Call,
  lambda: Lambda,
): Promise<FunctionConfiguration> {
  const target = await targetOf(lambda, call, "GetFunctionConfiguration", input);
  return describeFunction(target.record, versionOf(target), qualifiedArn(target.record, target.named.qualifier));
}
