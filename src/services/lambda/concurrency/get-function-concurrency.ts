// GetFunctionConcurrency: the reserved concurrency of a function; nothing where it has none.
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
  const { concurrency } = await wholeFunction(lambda, call, "GetFunctionConcurrency", input);
  return concurrency.reserved === undefined ? {} : { ReservedConcurrentExecutions: concurrency.reserved };
}
