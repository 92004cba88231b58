// ListFunctionUrlConfigs: the URLs of a function and of its aliases.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionUrlConfigs.html

import type { ListFunctionUrlConfigsRequest, ListFunctionUrlConfigsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import { nameOf } from "../function/target.ts";
import type { Lambda } from "../lambda.ts";
import { isAfterText, pageOf } from "../page.ts";
import { functionsOnly, notFound } from "../refusals.ts";
import { describeUrl } from "./describe-url.ts";
import { listUrlConfigs, type UrlConfigRow } from "./url.procs.ts";

export async function listFunctionUrlConfigs(
  input: ListFunctionUrlConfigsRequest,
  call: Call,
  lambda: Lambda,
): Promise<ListFunctionUrlConfigsResponse> {
  const named = nameOf(call, "ListFunctionUrlConfigs", input);
  if (named.qualifier !== undefined) throw functionsOnly();
  const record = lambda.catalogue.find(named);
  if (record === undefined) throw notFound("Function does not exist");
  const all = await lambda.database.read(listUrlConfigs, record.id);
  const order = { keyOf: ({ qualifier }: UrlConfigRow) => qualifier, isAfter: isAfterText };
  const sorted = [...all].sort((a, b) => (a.qualifier < b.qualifier ? -1 : 1)); // each database has a collation of its own
  const { items, ...more } = pageOf(sorted, input, lambda.limits.listItemsMax, order);
  return { FunctionUrlConfigs: items.map((row) => describeUrl(record, row, call)), ...more };
}
