// ListFunctionUrlConfigs: none yet.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html

import type { ListFunctionUrlConfigsRequest, ListFunctionUrlConfigsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { functionsOnly, notFound } from "../refusals.ts";

export async function listFunctionUrlConfigs(
  input: ListFunctionUrlConfigsRequest,
  call: Call,
  lambda: Lambda,
): Promise<ListFunctionUrlConfigsResponse> {
  const named = nameOf(call, "ListFunctionUrlConfigs", input);
  if (named.qualifier !== undefined) throw functionsOnly();
  if (lambda.catalogue.find(named) === undefined) throw notFound("Function does not exist");
  return { FunctionUrlConfigs: [] };
}
