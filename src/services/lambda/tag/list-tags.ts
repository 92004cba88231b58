// ListTags: a function's tags.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html

import type { ListTagsRequest, ListTagsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { taggedFunction } from "./tagged-function.ts";

export async function listTags(input: ListTagsRequest, call: Call, lambda: Lambda): Promise<ListTagsResponse> {
  const record = await taggedFunction(lambda, call, "lambda:ListTags", input.Resource);
  return { Tags: Object.fromEntries(record.tags) };
}
