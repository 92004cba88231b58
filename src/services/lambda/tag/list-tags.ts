// ListTags: the tags of a function or an event source mapping.
// https://docs.aws.amazon.com/lambda/latest/api/API_ListTags.html

import type { ListTagsRequest, ListTagsResponse } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { taggedFunction } from "./tagged-function.ts";
import { mappingUuid, taggedMapping } from "./tagged-mapping.ts";

export async function listTags(input: ListTagsRequest, call: Call, lambda: Lambda): Promise<ListTagsResponse> {
  if (mappingUuid(input.Resource) !== undefined) return { Tags: { ...(await taggedMapping(lambda, call, input.Resource)).tags } };
  const record = await taggedFunction(lambda, call, "lambda:ListTags", input.Resource);
  return { Tags: Object.fromEntries(record.tags) };
}
