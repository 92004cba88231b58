// ListFunctionEventInvokeConfigs: none yet.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html

import type { ListFunctionEventInvokeConfigsRequest, ListFunctionEventInvokeConfigsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { notFound } from "../refusals.ts";

export async function listFunctionEventInvokeConfigs(
  input: ListFunctionEventInvokeConfigsRequest,
  call: Call,
  lambda: Lambda,
): Promise<ListFunctionEventInvokeConfigsResponse> {
  const named = nameOf(call, "ListFunctionEventInvokeConfigs", input);
  if (lambda.catalogue.find(named) === undefined) throw notFound("The function doesn't exist.");
  return { FunctionEventInvokeConfigs: [] };
}
