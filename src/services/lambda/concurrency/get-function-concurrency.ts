// GetFunctionConcurrency: the reserved concurrency of a function, which none has yet (PutFunctionConcurrency is not built).
// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html

import type { GetFunctionConcurrencyRequest, GetFunctionConcurrencyResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { wholeFunction } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";

export async function getFunctionConcurrency(
  input: GetFunctionConcurrencyRequest,
  call: Call,
  lambda: Lambda,
): Promise<GetFunctionConcurrencyResponse> {
  await wholeFunction(lambda, call, "GetFunctionConcurrency", input);
  return {};
}
