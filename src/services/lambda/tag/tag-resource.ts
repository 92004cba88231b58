// TagResource: adds tags to a function or an event source mapping, or gives existing ones another value.
// https://docs.aws.amazon.com/lambda/latest/api/API_TagResource.html

import type { TagResourceRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter } from "../refusals.ts";
import { applyTagChange } from "./apply-tag-change.ts";
import { checkTags } from "./tag-rules.ts";
import { taggedFunction } from "./tagged-function.ts";
import { changeMappingTags, mappingUuid } from "./tagged-mapping.ts";

export async function tagResource(input: TagResourceRequest, call: Call, lambda: Lambda): Promise<void> {
  const put = Object.entries(input.Tags);
  if (put.length === 0) throw invalidParameter("An error occurred and the request cannot be processed.");
  checkTags(put, lambda.limits);
  if (mappingUuid(input.Resource) !== undefined) return changeMappingTags(lambda, call, input.Resource, { put: input.Tags, remove: [] });
  const record = await taggedFunction(lambda, call, "lambda:TagResource", input.Resource);
  await applyTagChange(lambda, record, { put, remove: [] });
}
