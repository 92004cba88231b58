// PutFunctionEventInvokeConfig: replaces what a function, version or alias says about its asynchronous invocations.
// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html

import type { FunctionEventInvokeConfig, PutFunctionEventInvokeConfigRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { notFound } from "../refusals.ts";
import { hasQualifier, writeConfig } from "./write-config.ts";

export async function putFunctionEventInvokeConfig(
  input: PutFunctionEventInvokeConfigRequest,
  call: Call,
  lambda: Lambda,
): Promise<FunctionEventInvokeConfig> {
  const named = nameOf(call, "PutFunctionEventInvokeConfig", input);
  const record = lambda.catalogue.find(named);
  const missing = () => notFound("The function doesn't exist.");
  if (record === undefined || !hasQualifier(record, named.qualifier)) throw missing();
  return writeConfig(lambda, input, { named, record, isUpdate: false, missing });
}
