// UpdateFunctionEventInvokeConfig: changes what the request names and keeps the rest.
// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html

import type { FunctionEventInvokeConfig, UpdateFunctionEventInvokeConfigRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { noConfig } from "./configured.ts";
import { writeConfig } from "./write-config.ts";

export async function updateFunctionEventInvokeConfig(
  input: UpdateFunctionEventInvokeConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<FunctionEventInvokeConfig> {
  const named = nameOf(call, "UpdateFunctionEventInvokeConfig", input);
  const record = lambda.catalogue.find(named);
  const missing = () => noConfig(named);
  if (record === undefined) throw missing();
  return writeConfig(lambda, input, { named, record, isUpdate: true, missing });
}
