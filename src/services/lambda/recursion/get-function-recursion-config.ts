// GetFunctionRecursionConfig: AWS's default. Nothing here can be a loop yet: what invokes on its own is not built.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html

import type { GetFunctionRecursionConfigRequest, GetFunctionRecursionConfigResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";

export async function getFunctionRecursionConfig(
  input: GetFunctionRecursionConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetFunctionRecursionConfigResponse> {
  await wholeFunction(lambda, call, "GetFunctionRecursionConfig", input);
  return { RecursiveLoop: "Terminate" };
}
