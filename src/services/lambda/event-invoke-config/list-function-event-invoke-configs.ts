// ListFunctionEventInvokeConfigs: those of a function, of its versions and of its aliases.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html

import type { EventInvoke } from "../../../functions/event-invoke.ts";
import type { ListFunctionEventInvokeConfigsRequest, ListFunctionEventInvokeConfigsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { isAfterText, pageOf } from "../page.ts";
import { notFound } from "../refusals.ts";
import { describeConfig } from "./configured.ts";

export async function listFunctionEventInvokeConfigs(
  input: ListFunctionEventInvokeConfigsRequest,
  call: Call,
  lambda: Lambda,
): Promise<ListFunctionEventInvokeConfigsResponse> {
  const named = nameOf(call, "ListFunctionEventInvokeConfigs", input);
  const record = lambda.catalogue.find(named);
  if (record === undefined) throw notFound("The function doesn't exist.");
  const order = { keyOf: ({ qualifier }: EventInvoke) => qualifier, isAfter: isAfterText };
  const { items, ...more } = pageOf(record.eventInvokes.values(), input, lambda.limits.listItemsMax, order);
  return { FunctionEventInvokeConfigs: items.map((config) => describeConfig(record, config)), ...more };
}
