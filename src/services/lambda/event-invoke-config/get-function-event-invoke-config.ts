// GetFunctionEventInvokeConfig: no function has one yet (PutFunctionEventInvokeConfig is not built).
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html

import { LATEST } from "../../../functions/function-record.ts";
import { qualifiedArn } from "../../../functions/name.ts";
import type { FunctionEventInvokeConfig, GetFunctionEventInvokeConfigRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import { notFound } from "../refusals.ts";

export async function getFunctionEventInvokeConfig(
  input: GetFunctionEventInvokeConfigRequest,
  call: Call,
): Promise<FunctionEventInvokeConfig> {
  const named = nameOf(call, "GetFunctionEventInvokeConfig", input);
  throw notFound(`The function ${qualifiedArn(named, named.qualifier ?? LATEST)} doesn't have an EventInvokeConfig`);
}
