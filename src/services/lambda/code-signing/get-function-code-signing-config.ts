// GetFunctionCodeSigningConfig: no function has one, and AWS answers that with empty members. Terraform asks after every create.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionCodeSigningConfig.html

import type { GetFunctionCodeSigningConfigRequest, GetFunctionCodeSigningConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";

export async function getFunctionCodeSigningConfig(
  input: GetFunctionCodeSigningConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetFunctionCodeSigningConfigResponse> {
  const record = await wholeFunction(lambda, call, "GetFunctionCodeSigningConfig", input);
  return { CodeSigningConfigArn: "", FunctionName: record.name };
}
