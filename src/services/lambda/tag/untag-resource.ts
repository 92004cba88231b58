// UntagResource: removes tags from a function or an event source mapping; keys that it does not have are no error.
// https://docs.aws.amazon.com/lambda/latest/api/API_UntagResource.html

import type { UntagResourceRequest } from "../../../models/lambda.ts";
import type { Call } from "../../../wire/call.ts";
import type { Lambda } from "../lambda.ts";
import { invalidParameter } from "../refusals.ts";
import { applyTagChange } from "./apply-tag-change.ts";
import { taggedFunction } from "./tagged-function.ts";
import { changeMappingTags, mappingUuid } from "./tagged-mapping.ts";

export async function untagResource(input: UntagResourceRequest, call: Call, lambda: Lambda): Promise<void> {
  if (input.TagKeys.length === 0) throw invalidParameter("An error occurred and the request cannot be processed.");
  if (mappingUuid(input.Resource) !== undefined) return changeMappingTags(lambda, call, input.Resource, { put: {}, remove: input.TagKeys });
  const record = await taggedFunction(lambda, call, "lambda:UntagResource", input.Resource);
  await applyTagChange(lambda, record, { put: [], remove: input.TagKeys });
}
