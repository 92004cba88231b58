// ListEventSourceMappings: none can be created yet.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListEventSourceMappings.html

import type { ListEventSourceMappingsRequest, ListEventSourceMappingsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { targetOf, versionOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";

export async function listEventSourceMappings(
  input: ListEventSourceMappingsRequest,
  call: Call,
  lambda: Lambda,
): Promise<ListEventSourceMappingsResponse> {
  if (input.FunctionName !== undefined) {
    versionOf(await targetOf(lambda, call, "ListEventSourceMappings", { FunctionName: input.FunctionName }));
  }
  return { EventSourceMappings: [] };
}
