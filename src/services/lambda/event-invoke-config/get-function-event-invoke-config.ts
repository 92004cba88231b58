// GetFunctionEventInvokeConfig: what was put for a function, version or alias.
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html

import { LATEST } from "../../../functions/function-record.ts";
import type { FunctionEventInvokeConfig, GetFunctionEventInvokeConfigRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { describeConfig, noConfig } from "./configured.ts";

export async function getFunctionEventInvokeConfig(
  input: GetFunctionEventInvokeConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<FunctionEventInvokeConfig> {
  const named = nameOf(call, "GetFunctionEventInvokeConfig", input);
  const record = lambda.catalogue.find(named);
  const config = record?.eventInvokes.get(named.qualifier ?? LATEST);
  if (record === undefined || config === undefined) throw noConfig(named);
  return describeConfig(record, config);
}
