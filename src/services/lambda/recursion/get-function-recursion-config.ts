// GetFunctionRecursionConfig: whether a function may bring about itself without end; AWS's default is that it may not.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html

import { latestOf } from "../../../functions/function-record.ts";
import type { GetFunctionRecursionConfigRequest, GetFunctionRecursionConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";

export async function getFunctionRecursionConfig(
  input: GetFunctionRecursionConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetFunctionRecursionConfigResponse> {
  const record = await wholeFunction(lambda, call, "GetFunctionRecursionConfig", input);
  return { RecursiveLoop: latestOf(record).settings.recursiveLoop ?? "Terminate" };
}
